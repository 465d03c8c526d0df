// Owns the picture of a model's scores: accuracy over steps, a line for each group, chance dashed, and the same numbers as a table.
import { useRef } from 'react';
import type { Evaluation } from '../../core/contract/evaluation.js';
import { groupNames } from '../built-in-texts.js';
import { percent, scoreLines, scoreWords, stepsPosition, type ScoreLine } from '../plot/scores.js';
import { useWidth } from '../plot/surface.js';

const height = 216;
const pad = { left: 42, right: 12, top: 10, bottom: 24 };
/** Narrower than this between two labels of the axis, every second one goes. */
const labelPx = 26;

/** Below this, the chance line would lie on the axis and say nothing. */
const leastChance = 0.01;

export const groupName = (group: string): string => groupNames[group] ?? group;

/** Lines that look different; more groups than that begin again. */
const lineKinds = 7;

/** A mark of its own for each line, so that colour is not needed to tell them apart. */
function Mark({ kind, x, y }: { kind: number; x: number; y: number }) {
  const r = 3.6;
  switch (kind % lineKinds) {
    case 0: return <circle cx={x} cy={y} r={r} />;
    case 1: return <rect x={x - r + 0.4} y={y - r + 0.4} width={2 * r - 0.8} height={2 * r - 0.8} />;
    case 2: return <path d={`M${x} ${y - r - 0.6} l${r + 0.6} ${r + 0.6} l${-r - 0.6} ${r + 0.6} l${-r - 0.6} ${-r - 0.6} z`} />;
    case 3: return <path d={`M${x} ${y - r - 0.4} l${r + 0.4} ${2 * r} h${-2 * r - 0.8} z`} />;
    case 4: return <path d={`M${x} ${y + r + 0.4} l${r + 0.4} ${-2 * r} h${-2 * r - 0.8} z`} />;
    case 5: return <rect x={x - 1.6} y={y - r - 1.2} width={3.2} height={2 * r + 2.4} />;
    default: return <rect x={x - r - 1.2} y={y - 1.6} width={2 * r + 2.4} height={3.2} />;
  }
}

export function ScorePlot({ evaluation }: { evaluation: Evaluation }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const lines = scoreLines(evaluation);
  const steps = [...new Set(lines.flatMap(({ points }) => points.map((point) => point.steps)))].toSorted((a, b) => a - b);
  if (lines.length === 0) return <p className="fine">The file of scores holds no problems.</p>;
  return (
    <figure className="scores" aria-label="Right answers by steps">
      <div className="score-plot" ref={frame} style={{ height }}>
        {width > 0 ? <Drawing lines={lines} steps={steps} width={width} /> : null}
      </div>
      <ul className="score-legend">
        {lines.map(({ group, chance }, at) => (
          <li key={group} className={`line-${at % lineKinds}`}>
            <svg width="22" height="10" aria-hidden><path d="M0 5 H22" className="score-line" /><Mark kind={at} x={11} y={5} /></svg>
            <span>{groupName(group)}{chance >= leastChance ? <small> · chance {percent(chance)}</small> : null}</span>
          </li>
        ))}
      </ul>
      <details className="score-table">
        <summary>The numbers</summary>
        <Numbers lines={lines} steps={steps} />
      </details>
    </figure>
  );
}

function Drawing({ lines, steps, width }: { lines: readonly ScoreLine[]; steps: readonly number[]; width: number }) {
  const inner = { width: width - pad.left - pad.right, height: height - pad.top - pad.bottom };
  const x = (of: number): number => pad.left + inner.width * stepsPosition(of, steps);
  const y = (share: number): number => pad.top + inner.height * (1 - share);
  const every = Math.max(1, Math.ceil((steps.length * labelPx) / Math.max(1, inner.width)));
  return (
    <svg width={width} height={height} role="img" aria-label={scoreWords(lines, groupName)}>
      {[0, 0.25, 0.5, 0.75, 1].map((share) => (
        <g key={share}>
          <line className="score-grid" x1={pad.left} x2={width - pad.right} y1={y(share)} y2={y(share)} />
          <text x={pad.left - 8} y={y(share)} textAnchor="end" dominantBaseline="central">{percent(share)}</text>
        </g>
      ))}
      {steps.map((step, at) => (at % every === 0 ? <text key={step} x={x(step)} y={height - 6} textAnchor="middle">{step}</text> : null))}
      {lines.map(({ group, chance, points }, at) => (
        <g key={group} className={`line-${at % lineKinds}`}>
          {chance >= leastChance ? <line className="score-chance" x1={pad.left} x2={width - pad.right} y1={y(chance)} y2={y(chance)} /> : null}
          <path className="score-line" d={points.map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.steps).toFixed(1)} ${y(point.accuracy).toFixed(1)}`).join(' ')} />
          {points.map((point) => <Mark key={point.steps} kind={at} x={x(point.steps)} y={y(point.accuracy)} />)}
        </g>
      ))}
    </svg>
  );
}

function Numbers({ lines, steps }: { lines: readonly ScoreLine[]; steps: readonly number[] }) {
  return (
    // It scrolls sideways where it is too wide, with the keyboard too.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="score-scroll" tabIndex={0} role="region" aria-label="Scores as a table">
      <table>
        <thead>
          <tr><th scope="col">Right answers</th>{steps.map((step) => <th scope="col" key={step}>{step} {step === 1 ? 'step' : 'steps'}</th>)}<th scope="col">chance</th></tr>
        </thead>
        <tbody>
          {lines.map(({ group, chance, points }) => (
            <tr key={group}>
              <th scope="row">{groupName(group)}</th>
              {steps.map((step) => {
                const point = points.find((each) => each.steps === step);
                return <td key={step}>{point ? <>{percent(point.accuracy)}<small>{Math.round(point.low * 100)}–{Math.round(point.high * 100)}</small></> : '–'}</td>;
              })}
              <td>{percent(chance)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
