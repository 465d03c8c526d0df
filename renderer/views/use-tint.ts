// Owns keeping the wash over an answer's text in step with what is drawn: changed blocks only.
import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import { depthScale } from '../depth-scale.js';
import type { TokenLog } from '../runs/token-log.js';
import { useTokenFocus } from '../runs/use-run-log.js';
import { modelRecurrence } from '../selectors.js';
import { useApp } from '../store.js';
import { deepFrom, markToken, tintBlock, type Tinted } from '../tint.js';

interface Input {
  log: TokenLog | undefined;
  version: number;
  live: boolean;
  text: string;
  /** Where marks cut the text: other ones mean other pieces. */
  notes: readonly unknown[];
}

interface Painted extends Tinted {
  atMs: number;
}

/** A growing block of several depths is washed anew this often. */
const mixedEveryMs = 300;

/** Tokens and text belong together only when they are the same words; a stored text may have lost spaces at its ends. */
function matches(log: TokenLog | undefined, text: string): log is TokenLog {
  return log !== undefined && log.count > 0 && log.text.startsWith(text);
}

/** Returns the log if its offsets are those of the text on the screen. */
export function useTint(target: RefObject<HTMLElement | null>, { log, version, live, text, notes }: Input): TokenLog | null {
  const wanted = useApp(({ settings }) => settings.showTokenTint);
  const info = useApp(modelRecurrence);
  const painted = useRef(new Map<Element, Painted>());
  const usable = matches(log, text) ? log : null;
  const shown = usable !== null && wanted && usable.maxSteps > 0;

  useLayoutEffect(() => {
    const body = target.current;
    const old = painted.current;
    const kept = new Set<Element>();
    if (body && usable && shown) {
      const { minSteps, maxSteps } = usable;
      const scale = info ? depthScale(info) : { min: Math.max(1, minSteps), max: Math.max(2, maxSteps), notches: [] };
      // The deepest few are known only when all tokens are.
      const deep = live ? Number.POSITIVE_INFINITY : deepFrom(usable);
      const blocks = body.querySelectorAll('[data-b]');
      for (const [at, block] of blocks.entries()) {
        kept.add(block);
        // While it grows only the end changes; the last but one may have changed its kind.
        if (live && at < blocks.length - 3 && old.has(block)) continue;
        const before = old.get(block);
        const atMs = performance.now();
        if (live && before?.mixed && atMs - before.atMs < mixedEveryMs) continue;
        // Marks that stay right are left alone; only ranges have to go first.
        if (before?.mixed) before.undo();
        old.set(block, { atMs, ...tintBlock(block, usable, scale, deep) });
      }
    }
    for (const [block, { undo }] of old) {
      if (kept.has(block)) continue;
      undo();
      old.delete(block);
    }
  }, [target, usable, shown, version, live, text, notes, info]);

  useEffect(() => {
    const all = painted.current;
    return () => {
      for (const { undo } of all.values()) undo();
      all.clear();
    };
  }, []);

  const runId = usable?.runId ?? null;
  const hovered = useTokenFocus(({ hover }) => (hover !== null && hover.runId === runId ? hover.index : -1));
  const pinned = useTokenFocus(({ pinned }) => (pinned !== null && pinned.runId === runId ? pinned.index : -1));
  useMark('token-hover', target, usable, hovered, text, notes);
  useMark('token-pinned', target, usable, pinned, text, notes);
  return usable;
}

function useMark(name: 'token-hover' | 'token-pinned', target: RefObject<HTMLElement | null>, log: TokenLog | null, index: number, text: string, notes: readonly unknown[]): void {
  useLayoutEffect(() => {
    if (index < 0 || !log) return undefined;
    markToken(name, target.current, log, index);
    return () => markToken(name, null, undefined, -1);
  }, [name, target, log, index, text, notes]);
}
