// Owns asking how much of the context a message would take, while it is written.
import { useEffect, useState } from 'react';
import { call } from '../actions.js';
import { useApp } from '../store.js';

export interface Forecast {
  promptTokens: number;
  contextSize: number;
  fits: boolean;
}

const waitMs = 250;

/** null while nothing is known, for example when no model is loaded. */
export function useForecast(conversationId: number | null, text: string): Forecast | null {
  const ready = useApp(({ engine }) => (engine.kind === 'ready' ? engine.modelId : null));
  // What is in the conversation changes the answer too: its leaf, and the end of a run.
  const leafId = useApp(({ open }) => open?.leafId ?? null);
  const busy = useApp(({ running }) => Object.keys(running).length > 0);
  const [forecast, setForecast] = useState<Forecast | null>(null);
  const blank = text.trim() === '';
  useEffect(() => {
    if (ready === null || busy || (blank && leafId === null)) {
      if (!busy) setForecast(null);
      return undefined;
    }
    let gone = false;
    const timer = setTimeout(() => {
      call('messages.forecast', { conversationId, text }).then(
        (next) => { if (!gone) setForecast(next); },
        // Without a forecast the message can still be sent; the services refuse what does not fit.
        () => { if (!gone) setForecast(null); },
      );
    }, waitMs);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [conversationId, text, blank, ready, leafId, busy]);
  return forecast;
}
