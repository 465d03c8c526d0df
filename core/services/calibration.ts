// Owns the calibration of efforts: which prompts are put to a model, at which depth, and what follows for its thresholds.
import type { CalibrationPoint, EffortCalibration } from '../contract/compute.js';
import { calibrationOf, planOfEffort } from '../contract/effort.js';
import { AppError } from '../contract/errors.js';
import type { EngineClient } from './engine-client.js';

/** Short and of many kinds, so that easy and hard tokens both occur; the games are what the built-in model was made for. */
const prompts = [
  'A ball is under cup 2. Swap 2 and 5. Swap 1 and 5. Swap 3 and 4. Swap 1 and 3. Where is the ball?',
  'What can you do?',
  'Start with 17. Add 5. Take away 8. Add 9. What is the result?',
  'Name: Ida Lund\nInvoice number: X7K-29\nDue date: 12 May 2026\nWhat is the invoice number?',
  'Anna sits on chair 3. The people on chairs 1 and 3 swap. The people on chairs 1 and 4 swap. Where does Anna sit?',
  'Which is larger, a whale or a mouse, and why?',
  'The lamp is off. I press the switch. I press the switch. I press the switch. Is the lamp on or off?',
  'Write one sentence about rain.',
];
const tokensEach = 16;
/** A large model is asked fewer prompts, never fewer than one. */
const budgetMs = 60_000;

/** Measures the open model. Errors: no_model, model_without_recurrence, engine_busy, engine_lost. */
export async function calibrateModel(engine: EngineClient, modelId: string): Promise<{ calibration: EffortCalibration; points: CalibrationPoint[] }> {
  const ready = engine.ready();
  if (ready.modelId !== modelId) throw new AppError('no_model', 'Open this model first.');
  const { recurrence } = ready.loaded;
  if (!recurrence) throw new AppError('model_without_recurrence', 'This model has no steps to save.');
  const { points } = await engine.calibrate({
    prompts: prompts.map((text) => [{ role: 'user', text }]),
    steps: planOfEffort(1, recurrence).steps,
    tokens: tokensEach,
    budgetMs,
  });
  const calibration = calibrationOf(points);
  if (!calibration) throw new AppError('decode_failed', 'Nothing could be measured with this model.');
  return { calibration, points };
}
