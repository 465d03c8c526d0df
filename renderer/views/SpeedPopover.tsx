// Owns the speed section beside the slider: when tokens stop, how they are made, what is kept in memory, and what each took here.
import { Gauge, X } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useEffect, useState } from 'react';
import type { MeasuredEffect } from '../../core/contract/compute.js';
import { runSettingsOf } from '../../core/contract/effort.js';
import type { Model } from '../../core/contract/models.js';
import type { RecurrenceInfo } from '../../core/contract/recurrence.js';
import { call } from '../actions.js';
import { currentChoice, currentModel, currentSteps, modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';
import { CacheChoice } from './CacheChoice.js';
import { ExitRule } from './ExitRule.js';
import { SamplerChoice } from './SamplerChoice.js';

export function SpeedPopover() {
  const model = useApp(currentModel);
  const info = useApp(modelRecurrence);
  if (!model || model.problem) return null;
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <button type="button" className="icon-button speed-button" aria-label="Speed and memory" data-tip="Speed and memory"><Gauge size={18} aria-hidden /></button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content aria-label="Speed and memory" className="popover speed" side="top" align="end" sideOffset={10} collisionPadding={10}>
          <div className="speed-head">
            <h2>Speed and memory</h2>
            <Popover.Close asChild><button type="button" className="icon-button" aria-label="Close"><X size={17} aria-hidden /></button></Popover.Close>
          </div>
          <Sections key={model.id} model={model} info={info} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Sections({ model, info }: { model: Model; info: RecurrenceInfo | null }) {
  const choice = useApp(currentChoice);
  const steps = useApp(currentSteps);
  const effects = useEffects(model.id);
  const settings = runSettingsOf(choice, steps, info);
  return (
    <>
      {info ? <ExitRule modelId={model.id} info={info} choice={choice} settings={settings} /> : null}
      {info ? <SamplerChoice choice={choice} settings={settings} effects={effects} /> : null}
      <CacheChoice model={model} info={info} choice={choice} settings={settings} effects={effects} />
    </>
  );
}

/** What answers took so far; read again when one ends, for it adds to them. */
function useEffects(modelId: string): readonly MeasuredEffect[] {
  const busy = useApp(({ running }) => Object.keys(running).length > 0);
  const [effects, setEffects] = useState<readonly MeasuredEffect[]>([]);
  useEffect(() => {
    if (busy) return undefined;
    let gone = false;
    // Without measurements every choice still works; it says "not measured yet".
    call('models.measured', { modelId }).then(({ effects: found }) => { if (!gone) setEffects(found); }, () => undefined);
    return () => { gone = true; };
  }, [modelId, busy]);
  return effects;
}
