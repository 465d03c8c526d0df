// Owns what the window does with model files: open, add, switch on for documents.
import { attempt, call } from './actions.js';
import { dispatch, useView } from './store.js';

export async function openModel(modelId: string): Promise<void> {
  await attempt(call('models.open', { modelId }));
}

/** Switches a model on for documents, or off; what comes of it arrives as an event. */
export async function useForDocuments(modelId: string, on: boolean): Promise<void> {
  await attempt(call('models.useForDocuments', { modelId, on }));
}

/** Links a model file and opens it; one that reads documents shows its card, where it is switched on. */
export async function addModel(path: string): Promise<void> {
  const { model } = await call('models.add', { path });
  const { models } = await call('models.list', {});
  dispatch({ type: 'models', models });
  if (model.purpose !== 'chat') useView.setState({ modelCard: model.id });
  else if (!model.problem) await openModel(model.id);
}
