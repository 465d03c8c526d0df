// Owns copying to the clipboard and saying so for a moment.
import { useCallback, useEffect, useRef, useState } from 'react';
import { copyText } from '../clipboard.js';
import { toast } from '../store.js';

const saidMs = 1_600;

export function useCopy(): { copied: boolean; copy(text: string): void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = useCallback((text: string) => {
    copyText(text).then(
      () => {
        setCopied(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setCopied(false), saidMs);
      },
      () => toast('The clipboard is not available. Select the text and copy it.', { tone: 'warm' }),
    );
  }, []);
  return { copied, copy };
}
