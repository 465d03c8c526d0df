// Writes the depth report as a Markdown page: every figure with what it means and how many problems it rests on. Pure.
import type { Score } from '../../contract/evaluation.js';
import { short } from '../terminal.js';
import { arrivedBelow, driftFrom, trajectoryKinds } from '../trajectory.js';
import { settledBelow, type DepthFigures, type Share } from './figures.js';

/** @param drawing path of the picture from the page; null leaves it out */
export function writePage(figures: DepthFigures, drawing: string | null): string {
  return [introduction(figures), accuracy(figures), converging(figures), independence(figures), beyondTraining(figures), correlation(figures), trajectories(figures, drawing)].join('\n');
}

function introduction({ command, date, model, suite, depths }: DepthFigures): string {
  return `# What depth does

Made by a command, not by hand; docs/evaluation.md describes suites and the engine's way of answering.

| | |
| --- | --- |
| command | \`${command}\` |
| date | ${date} |
| model | ${model.name}, \`${model.file}\`, ${(model.parameters / 1e6).toFixed(2)} million parameters, ${model.fileType}; meant for ${model.stepsDefault} steps, up to ${model.stepsMax} |
| SHA-256 | \`${model.sha256}\` |
| suite | ${suite.name}${suite.seed === null ? '' : `, seed ${suite.seed}`}: ${suite.problems} problems${suite.limit === null ? '' : ` (at most ${suite.limit} of each task and level)`} |
| depths | ${depths.join(', ')} steps |

Replies are greedy, from one initial state (\`stateSeed\` 0) unless said otherwise. Intervals are Wilson's, 95 %.
`;
}

function accuracy({ levels, tasks, groups, depths, trainedLevel }: DepthFigures): string {
  const byGroup = grid(
    ['group', 'problems', 'chance', ...depths.map((steps) => `r = ${steps}`)],
    [...new Set(groups.map(({ group }) => group))].map((group) => {
      const own = groups.filter((score) => score.group === group);
      return [group, String(own[0]!.problems), own[0]!.chance.toFixed(2), ...depths.map((steps) => cell(own.find((score) => score.steps === steps)))];
    }),
  );
  const kinds = [...new Map(tasks.map((score) => [JSON.stringify([score.group, score.task]), score])).values()];
  const sections = kinds.map(({ group: own, task, chance }) => {
    const rows = [...levels, ...tasks].filter((score) => score.group === own && score.task === task);
    const names = [...new Set(rows.map(({ level }) => level))];
    // One level needs no row for all of them.
    const shown = names.length === 2 ? [null] : names;
    return `### ${task} (${own}, chance ${chance.toFixed(2)})\n\n${grid(
      ['level', 'problems', ...depths.map((steps) => `r = ${steps}`)],
      shown.map((level) => {
        const own = rows.filter((score) => score.level === level);
        const beyond = trainedLevel !== null && level !== null && level > trainedLevel;
        return [level === null ? 'all' : `${level}${beyond ? '*' : ''}`, String(own[0]!.problems), ...depths.map((steps) => cell(own.find((score) => score.steps === steps)))];
      }),
    )}`;
  });
  const note = trainedLevel === null ? 'The command was not told which levels were trained.' : `Levels marked * are above ${trainedLevel}, the highest level of training.`;
  return `## Accuracy by steps\n\nShare of right replies (interval). ${note}\n\n${byGroup}\n${sections.join('\n')}`;
}

function cell(score: Pick<Score, 'accuracy' | 'low' | 'high'> | undefined): string {
  return score === undefined ? '' : `${score.accuracy.toFixed(2)} (${score.low.toFixed(2)}–${score.high.toFixed(2)})`;
}

function converging({ settling: { steps, rows, rho, quietRho, pairs, undecided }, group }: DepthFigures): string {
  const figure = (value: number | null): string => (value === null ? '–' : short(value));
  const table = grid(
    ['level', 'problems', 'mean steps to converge', 'never', `mean first step below ${settledBelow}`],
    rows.map(({ level, problems, unsettled, mean, quiet }) => [String(level), String(problems), figure(mean), String(unsettled), figure(quiet)]),
  );
  const rhoText = (value: number | null): string => (value === null ? 'does not exist' : value.toFixed(2));
  return `## Steps to converge

The token that decides a reply has converged at the step from which its latent state changes by less than ${settledBelow} of its length in every
step; the first such step may come earlier, while what the token waits for is still under way. Problems of the group ${group}, run with
${steps} steps. Means are over those that converged; for the rank a token that never does comes after all others. ${undecided} replies of
other words have no deciding token and are left out.

${table}
Spearman's rho between level and steps to converge: **${rhoText(rho)}** over ${pairs} problems; with the first step below ${settledBelow} instead: ${rhoText(quietRho)}.
`;
}

function independence({ agreement: { steps, seeds, same, commonest }, group }: DepthFigures): string {
  return `## Path independence

${same.of} problems of the group ${group}, each from ${seeds} random initial states at ${steps} steps. All ${seeds} replies were equal for ${shareText(same)};
on average ${(100 * commonest).toFixed(1)} % of the states gave a problem's commonest reply.
`;
}

function beyondTraining({ beyond: { shallow, deep, rows } }: DepthFigures): string {
  const delta = (value: number | null): string => (value === null ? '–' : short(value));
  return `## Beyond the depth of training: ${deep} steps against ${shallow}

Changes are those of the last step at the deciding token, means.

${grid(
    ['group', 'problems', `right at ${shallow}`, `right at ${deep}`, 'same reply', `change at ${shallow}`, `change at ${deep}`],
    rows.map((row) => [row.group, String(row.deep.right.of), brief(row.shallow.right), brief(row.deep.right), brief(row.same), delta(row.shallow.delta), delta(row.deep.delta)]),
  )}`;
}

function correlation({ correlation: values, paths, tooLong }: DepthFigures): string {
  const shown = values.flatMap((value, i) => (isPower(i + 1) || i === values.length - 1 ? [[String(i + 1), value.toFixed(3)]] : []));
  return `## Token correlation

Mean cosine between the latent states of different positions of a prompt (1: all positions hold the same), mean over the problems of the
next section.${tooLong > 0 ? ` ${tooLong} prompts were too long to look into.` : ''}${paths.length === 0 ? ' No reply had a deciding token.' : ''}

${grid(['after step', 'correlation'], shown)}`;
}

function trajectories({ paths, group }: DepthFigures, drawing: string | null): string {
  const counts = trajectoryKinds.map((kind) => `${paths.filter(({ trajectory }) => trajectory.kind === kind).length} ${kind}`);
  const explained = paths.map(({ trajectory }) => trajectory.explained).toSorted((a, b) => a - b);
  const spread = explained.length === 0 ? '' : ` The plane holds between ${(100 * explained[0]!).toFixed(0)} and ${(100 * explained.at(-1)!).toFixed(0)} % of a path's variance.`;
  return `## Paths of the deciding position

The latent state at the position that decides the reply, after each step, on the first two principal components of its own path. The
kind follows from that path in the plane, by rules in this order (extent: the largest distance from the path's mean):

1. **fixed point**: the moves of the last quarter are on average shorter than ${100 * arrivedBelow} % of the extent;
2. **drift**: the ends of the second half are at least ${driftFrom} times as far apart as the way between them is long;
3. **orbit**: all others.

Of ${paths.length} problems of the group ${group}: **${counts.join(', ')}**.${spread}
${drawing === null ? '' : `\n![Paths of latent states; open dot the first step, full dot the last](${drawing})\n`}`;
}

function isPower(value: number): boolean {
  return (value & (value - 1)) === 0;
}

function brief({ count, of, low, high }: Share): string {
  return of === 0 ? '–' : `${(count / of).toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function shareText({ count, of, low, high }: Share): string {
  return of === 0 ? 'none' : `${count} of ${of} (${(count / of).toFixed(2)}, interval ${low.toFixed(2)}–${high.toFixed(2)})`;
}

function grid(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return `${line(header)}${line(header.map(() => '---'))}${rows.map(line).join('')}`;
}
