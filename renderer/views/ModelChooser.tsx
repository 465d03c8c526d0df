// Owns choosing a model: the pill in the bar, its list, and the way to add a file.
import { BookOpen, Check, ChevronDown, FilePlus2, Info, TriangleAlert } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import type { Model } from '../../core/contract/models.js';
import { depthScale } from '../depth-scale.js';
import { sentenceFor } from '../error-sentences.js';
import { purposeWords } from '../documents/encoder-words.js';
import { bytes, parameters } from '../figures.js';
import { openModel } from '../models.js';
import { currentModel } from '../selectors.js';
import { useApp, useView } from '../store.js';

function stepsRange({ recurrence }: Model): string {
  if (!recurrence) return 'no steps';
  const { min, max } = depthScale(recurrence);
  return `${min}–${max} steps`;
}

export function ModelChooser() {
  const model = useApp(currentModel);
  const models = useApp((state) => state.models);
  const engine = useApp((state) => state.engine);
  const percent = engine.kind === 'loading' ? Math.round(engine.progress * 100) : null;
  const chats = models.filter(({ purpose }) => purpose === 'chat');
  const encoders = models.filter(({ purpose }) => purpose !== 'chat');
  const facts = model ? [model.parameters > 0 ? parameters(model.parameters) : null, stepsRange(model)].filter(Boolean).join(' · ') : '';
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="pill" id="model-chooser">
          <span className="visually-hidden">Model: </span>
          <span className={`dot ${engine.kind === 'ready' ? 'good' : engine.kind === 'failed' || engine.kind === 'down' ? 'warm' : 'waiting'}`} aria-hidden />
          <span className="pill-name">{model?.name ?? 'Choose a model'}</span>
          {percent === null ? <span className="pill-facts">{facts}</span> : <span className="pill-facts">loading {percent} %</span>}
          <ChevronDown size={14} aria-hidden />
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu model-menu" align="end" sideOffset={6} collisionPadding={8}>
          <DropdownMenu.Label className="menu-label">Models on this machine</DropdownMenu.Label>
          {chats.map((each) => <ModelItem key={each.id} model={each} current={each.id === model?.id && engine.kind === 'ready'} />)}
          {encoders.length > 0 ? <DropdownMenu.Label className="menu-label">For your documents</DropdownMenu.Label> : null}
          {encoders.map((each) => <EncoderItem key={each.id} model={each} />)}
          <DropdownMenu.Separator className="menu-line" />
          {model ? <DropdownMenu.Item className="menu-item" onSelect={() => useView.setState({ modelCard: model.id })}><Info size={15} aria-hidden /> About {model.name}…</DropdownMenu.Item> : null}
          <DropdownMenu.Item className="menu-item" onSelect={() => useView.getState().show('add-model')}><FilePlus2 size={15} aria-hidden /> Add a model file…</DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ModelItem({ model, current }: { model: Model; current: boolean }) {
  const { problem } = model;
  const facts = [model.parameters > 0 ? parameters(model.parameters) : null, model.fileType || null, bytes(model.sizeBytes), stepsRange(model)].filter(Boolean).join(' · ');
  return (
    <DropdownMenu.Item className="menu-item model-item" disabled={problem !== null} onSelect={() => { if (!current) void openModel(model.id); }}>
      <span className="model-mark">{current ? <Check size={15} aria-label="loaded" /> : problem ? <TriangleAlert size={15} aria-hidden /> : null}</span>
      <span className="model-text">
        <span className="model-name">{model.name}{model.builtIn ? <span className="tag">built-in</span> : null}</span>
        <span className="model-facts">{problem ? sentenceFor(problem).sentence : facts}</span>
      </span>
    </DropdownMenu.Item>
  );
}

/** Never opened for chat: its card says what it does and switches it on. */
function EncoderItem({ model }: { model: Model }) {
  const { problem, purpose } = model;
  const isOn = useApp((state) => state.encoders.some(({ modelId }) => modelId === model.id));
  const facts = [purposeWords(purpose), bytes(model.sizeBytes)].join(' · ');
  return (
    <DropdownMenu.Item className="menu-item model-item" onSelect={() => useView.setState({ modelCard: model.id })}>
      <span className="model-mark">{problem ? <TriangleAlert size={15} aria-hidden /> : <BookOpen size={15} aria-hidden />}</span>
      <span className="model-text">
        <span className="model-name">{model.name}{isOn ? <span className="tag">on</span> : null}</span>
        <span className="model-facts">{problem ? sentenceFor(problem).sentence : facts}</span>
      </span>
    </DropdownMenu.Item>
  );
}
