// Owns the settings: what it looks like, how it writes, and what happens with what you write.
import { changeSampling, changeSettings } from '../actions.js';
import { useApp, useView } from '../store.js';
import { defaultSampling } from '../../core/contract/conversation.js';
import { Choice } from './Choice.js';
import { DataSettings } from './DataSettings.js';
import { Dialog } from './Dialog.js';
import { NumberField } from './NumberField.js';
import { PrivacySettings } from './PrivacySettings.js';
import { StopStrings } from './StopStrings.js';

export function SettingsDialog() {
  const { dialog, show } = useView();
  return <Dialog open={dialog === 'settings'} onClose={() => show(null)} title="Settings" className="settings"><SettingsForm /></Dialog>;
}

const themes = [['system', 'Like the system'], ['light', 'Light'], ['dark', 'Dark']] as const;

/** Plain words for temperatures; the exact number is below. */
const tempers = [[0, 'Exact'], [0.7, 'Balanced'], [1.1, 'Varied']] as const;

function SettingsForm() {
  const settings = useApp((state) => state.settings);
  const { sampling } = settings;
  return (
    <div className="settings-body">
      <fieldset>
        <legend>Appearance</legend>
        <div className="setting">
          <span id="theme-label">Theme</span>
          <Choice labelledBy="theme-label" options={themes} value={settings.theme} onChange={(theme) => changeSettings({ theme })} />
        </div>
        <label className="setting">
          <span>Tint tokens by their steps<small>A blue wash over each token; warm for the deepest few.</small></span>
          <input type="checkbox" className="switch" role="switch" aria-checked={settings.showTokenTint} checked={settings.showTokenTint} onChange={(event) => changeSettings({ showTokenTint: event.target.checked })} />
        </label>
      </fieldset>
      <fieldset>
        <legend>Writing</legend>
        <div className="setting">
          <span id="temper-label">Choice of words<small>Exact always takes the likeliest token; varied takes risks.</small></span>
          <Choice labelledBy="temper-label" options={tempers} value={sampling.temperature} onChange={(temperature) => changeSampling({ temperature })} />
        </div>
        <div className="setting">
          <label htmlFor="max-tokens">Longest answer<small>In tokens; a token is about four letters.</small></label>
          <NumberField id="max-tokens" value={sampling.maxTokens} min={1} max={100_000} step={1} onChange={(maxTokens) => changeSampling({ maxTokens })} />
        </div>
        <details>
          <summary>Advanced, in llama.cpp’s words</summary>
          <div className="advanced">
            <label htmlFor="temperature">temperature</label><NumberField id="temperature" value={sampling.temperature} min={0} max={5} step={0.1} onChange={(temperature) => changeSampling({ temperature })} />
            <label htmlFor="top-k">top_k</label><NumberField id="top-k" value={sampling.topK} min={0} max={100_000} step={1} onChange={(topK) => changeSampling({ topK })} />
            <label htmlFor="top-p">top_p</label><NumberField id="top-p" value={sampling.topP} min={0} max={1} step={0.05} onChange={(topP) => changeSampling({ topP })} />
            <label htmlFor="min-p">min_p</label><NumberField id="min-p" value={sampling.minP} min={0} max={1} step={0.01} onChange={(minP) => changeSampling({ minP })} />
            <label htmlFor="repeat">repeat_penalty</label><NumberField id="repeat" value={sampling.repeatPenalty} min={0.5} max={3} step={0.05} onChange={(repeatPenalty) => changeSampling({ repeatPenalty })} />
            <label htmlFor="stop">stop<small>One text a line; an answer ends before it.</small></label><StopStrings id="stop" value={sampling.stop} onChange={(stop) => changeSampling({ stop })} />
            <label htmlFor="seed">seed</label><NumberField id="seed" value={sampling.seed} min={0} max={0xffff_ffff} step={1} empty="new each time" onChange={(seed) => changeSampling({ seed })} />
          </div>
          <button type="button" className="text-button" onClick={() => changeSettings({ sampling: defaultSampling })}>Back to the defaults</button>
        </details>
      </fieldset>
      <PrivacySettings />
      <DataSettings />
    </div>
  );
}
