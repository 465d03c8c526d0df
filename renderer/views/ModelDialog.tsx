// Owns a model's card: what it is, what its file says, and for the built-in one its training and its measured scores.
import { useEffect, useState } from 'react';
import type { Evaluation } from '../../core/contract/evaluation.js';
import type { Model } from '../../core/contract/models.js';
import { call } from '../actions.js';
import { builtInCard, builtInTraining } from '../built-in-texts.js';
import { aboutEncoder } from '../documents/encoder-words.js';
import { depthScale } from '../depth-scale.js';
import { bytes, parameters, whole } from '../figures.js';
import { useApp, useView } from '../store.js';
import { Dialog } from './Dialog.js';
import { EncoderSwitch } from './EncoderSwitch.js';
import { ScorePlot } from './ScorePlot.js';

export function ModelDialog() {
  const modelId = useView((view) => view.modelCard);
  const model = useApp(({ models }) => models.find(({ id }) => id === modelId) ?? null);
  const close = (): void => useView.setState({ modelCard: null });
  return (
    <Dialog open={model !== null} onClose={close} title={model?.name ?? 'Model'} className="model-card">
      {model ? <Card key={model.id} model={model} /> : null}
    </Dialog>
  );
}

function Card({ model }: { model: Model }) {
  return (
    <>
      {(model.builtIn ? builtInCard : [aboutLinked(model)]).map((paragraph) => <p key={paragraph}>{paragraph}</p>)}
      {model.purpose === 'chat' ? null : <EncoderSwitch model={model} purpose={model.purpose} />}
      <Facts model={model} />
      {model.builtIn ? (
        <>
          <h3>What more steps bring</h3>
          <Scores modelId={model.id} />
          <h3>How it was trained</h3>
          <p>{builtInTraining}</p>
        </>
      ) : null}
    </>
  );
}

function aboutLinked({ recurrence, purpose }: Model): string {
  if (purpose !== 'chat') return aboutEncoder[purpose];
  if (!recurrence) return 'An ordinary model: it does the same work for every token, so there is no depth to choose. Plumb uses its file where it is.';
  return 'A recurrent-depth model: its core block is repeated as often as you ask for each token. Plumb uses its file where it is.';
}

function Facts({ model }: { model: Model }) {
  const { recurrence } = model;
  const facts: [string, string][] = [
    ...(model.parameters > 0 ? [['Size', `${parameters(model.parameters)} parameters`] as [string, string]] : []),
    ['File', [bytes(model.sizeBytes), model.fileType].filter(Boolean).join(', ')],
    ...(model.contextLength > 0 ? [['Context', `${whole(model.contextLength)} tokens`] as [string, string]] : []),
  ];
  if (recurrence) {
    const { min, max } = depthScale(recurrence);
    facts.push(['Blocks', `${recurrence.preludeBlocks} + ${recurrence.coreBlocks} repeated + ${recurrence.codaBlocks}`], ['Steps', `${min} to ${max}, usually ${recurrence.stepsDefault}`]);
  }
  if (!model.builtIn) facts.push(['Path', model.path]);
  return (
    <dl className="card-facts">
      {facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

type Loaded = { kind: 'waiting' } | { kind: 'none' } | { kind: 'some'; evaluation: Evaluation };

function Scores({ modelId }: { modelId: string }) {
  const [scores, setScores] = useState<Loaded>({ kind: 'waiting' });
  useEffect(() => {
    let gone = false;
    call('models.evaluation', { modelId }).then(
      ({ evaluation }) => { if (!gone) setScores(evaluation ? { kind: 'some', evaluation } : { kind: 'none' }); },
      // The card is complete without its plot.
      () => { if (!gone) setScores({ kind: 'none' }); },
    );
    return () => { gone = true; };
  }, [modelId]);
  if (scores.kind === 'waiting') return <p className="fine" role="status">Reading the scores…</p>;
  if (scores.kind === 'none') return <p className="fine">This copy of Plumb has no measured scores for this model. “npm run plumb -- eval” measures them.</p>;
  const { suite, date } = scores.evaluation;
  return (
    <>
      <ScorePlot evaluation={scores.evaluation} />
      <p className="fine">Share of right answers by steps for each token; dotted: what guessing gives. Suite: {suite}{date === '' ? '' : `, ${date.slice(0, 10)}`}.</p>
    </>
  );
}
