// Owns saying how full the context is: quiet while there is room, a sentence before it ends, a refusal with a way out when it is over.
import type { CSSProperties } from 'react';
import { useApp } from '../store.js';
import { plural, whole } from '../figures.js';
import { newChat } from '../actions.js';
import type { Forecast } from './use-forecast.js';

/** From this share on, the sentence about room is shown. */
const warnFrom = 0.8;

export function ContextGauge({ forecast, waiting }: { forecast: Forecast | null; waiting: boolean }) {
  const longestAnswer = useApp(({ settings }) => settings.sampling.maxTokens);
  const inTalk = useApp(({ open }) => open !== null);
  const size = useApp(({ engine }) => (engine.kind === 'ready' ? engine.loaded.contextSize : 0));
  if (waiting) return <p className="composer-state" id="composer-state">Another conversation is being answered. Wait for it, or stop it there.</p>;
  if (!forecast) return <p className="composer-state" id="composer-state" />;
  const { promptTokens, contextSize, fits } = forecast;
  const share = Math.min(1, promptTokens / Math.max(1, contextSize || size));
  const room = Math.max(0, contextSize - promptTokens);
  if (!fits) {
    return (
      <p className="composer-state warm" id="composer-state" role="alert">
        This does not fit: {whole(promptTokens)} of {whole(contextSize)} tokens. Shorten it{inTalk ? <>, or <button type="button" className="text-button" onClick={newChat}>start a new chat</button></> : null}. Nothing is cut.
      </p>
    );
  }
  const tight = share >= warnFrom;
  return (
    <p className={tight ? 'composer-state warm' : 'composer-state'} id="composer-state">
      <span className="gauge" role="meter" aria-label="Context in use" aria-valuemin={0} aria-valuemax={contextSize} aria-valuenow={promptTokens} style={{ '--at': share } as CSSProperties} />
      <span>{whole(promptTokens)} of {whole(contextSize)} tokens{tight ? ` · room for about ${plural(Math.min(room, longestAnswer), 'token')} of answer` : ''}</span>
    </p>
  );
}
