// Owns measuring on the open model how early its tokens may stop, and saying what came of it.
import { useState } from 'react';
import type { CalibrationPoint, ComputeChoice } from '../../core/contract/compute.js';
import { nearestEffort, planOfEffort } from '../../core/contract/effort.js';
import type { RecurrenceInfo } from '../../core/contract/recurrence.js';
import { attempt, call } from '../actions.js';
import { effortNames } from '../compute-words.js';
import { useApp } from '../store.js';

export function Calibration({ modelId, info, choice }: { modelId: string; info: RecurrenceInfo; choice: ComputeChoice }) {
  const busy = useApp(({ running }) => Object.keys(running).length > 0);
  const [measuring, setMeasuring] = useState(false);
  const [points, setPoints] = useState<readonly CalibrationPoint[]>([]);
  const measure = async (): Promise<void> => {
    setMeasuring(true);
    const found = await attempt(call('models.calibrate', { modelId }));
    if (found) setPoints(found.points);
    setMeasuring(false);
  };
  const { threshold } = planOfEffort(choice.effort, info, choice.calibration).exit;
  const here = points.find((point) => point.threshold <= threshold);
  return (
    <div className="calibration">
      <p role="status">
        {measuring
          ? 'Measuring: sample questions at full depth. This takes a minute at most.'
          : choice.calibration
            ? `Measured on this model: ${effortNames[nearestEffort(choice.effort)]} stops below ${percent(threshold)}.${here ? ` ${percent(here.agreement)} of the sample words stayed the same, after ${here.meanSteps.toFixed(1)} steps on average.` : ''}`
            : 'The efforts use general thresholds; they were not measured on this model yet.'}
      </p>
      <button type="button" className="button" disabled={busy || measuring} onClick={() => void measure()}>
        {choice.calibration ? 'Measure again' : 'Measure on this model'}
      </button>
    </div>
  );
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;
