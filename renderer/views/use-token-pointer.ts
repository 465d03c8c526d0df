// Owns finding the token under the pointer: hovering shows its curve, a click pins it.
import { useMemo, type MouseEvent, type PointerEvent } from 'react';
import type { TokenLog } from '../runs/token-log.js';
import { useTokenFocus } from '../runs/use-run-log.js';
import { offsetAtPoint } from '../tint.js';

interface Handlers {
  onPointerMove?(event: PointerEvent): void;
  onPointerLeave?(): void;
  onClick?(event: MouseEvent): void;
}

export function useTokenPointer(runId: number | null, log: TokenLog | null): Handlers {
  return useMemo(() => {
    if (runId === null || log === null || log.maxSteps === 0) return {};
    const { setHover, setPinned } = useTokenFocus.getState();
    let frame = 0;
    const tokenAt = (x: number, y: number): number => log.tokenAt(offsetAtPoint(x, y));
    return {
      onPointerMove({ clientX, clientY, pointerType }) {
        if (frame !== 0 || pointerType === 'touch') return;
        frame = requestAnimationFrame(() => {
          frame = 0;
          const index = tokenAt(clientX, clientY);
          setHover(index < 0 ? null : { runId, index });
        });
      },
      onPointerLeave() {
        cancelAnimationFrame(frame);
        frame = 0;
        setHover(null);
      },
      onClick({ clientX, clientY, target }) {
        const selection = document.getSelection();
        // Selecting text and using what stands in it come first.
        if ((selection && !selection.isCollapsed) || (target as Element).closest('a, button, pre')) return;
        const index = tokenAt(clientX, clientY);
        if (index >= 0) setPinned({ runId, index });
      },
    };
  }, [runId, log]);
}
