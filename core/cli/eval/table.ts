// Writes scores as a table for people.
import type { Score } from '../../contract/evaluation.js';
import { short, table } from '../terminal.js';
import type { GroupScore, Tally } from './scores.js';

const header = ['group', 'task', 'level', 'steps', 'right', 'accuracy', '95 % interval', 'chance', 'mean steps', 'tokens/s'];

/** Tasks below their group; a group of one task has one row. With `levels` each task is followed by its levels. */
export function scoreTable(tally: Tally, { levels, hasRecurrence }: { levels: boolean; hasRecurrence: boolean }): string {
  const tasks = tally.tasks();
  const byLevel = levels ? tally.levels() : [];
  const rows: string[][] = [];
  const add = (score: Score | GroupScore): void => void rows.push(scoreRow(score, hasRecurrence));
  for (const group of new Set(tasks.map((score) => score.group))) {
    const names = [...new Set(tasks.filter((score) => score.group === group).map(({ task }) => task))];
    if (names.length > 1) for (const score of tally.groups()) if (score.group === group) add(score);
    for (const name of names) {
      const own = ({ task, group: other }: Score): boolean => task === name && other === group;
      for (const score of [...tasks.filter(own), ...byLevel.filter(own)]) add(score);
    }
  }
  return table(header, rows);
}

function scoreRow({ group, task, level, steps, problems, right, accuracy, low, high, chance, meanSteps, tokensPerSecond }: Score | GroupScore, hasRecurrence: boolean): string[] {
  const depth = hasRecurrence ? [String(steps), short(meanSteps)] : ['–', '–'];
  return [group, task ?? 'all', level === null ? 'all' : String(level), depth[0]!, `${right}/${problems}`, share(accuracy), `${share(low)}–${share(high)}`, share(chance), depth[1]!, short(tokensPerSecond)];
}

/** Two digits after the point. */
export function share(value: number): string {
  return value.toFixed(2);
}
