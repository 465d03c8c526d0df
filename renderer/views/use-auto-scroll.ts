// Owns following the newest words: on until the reader moves away, on again when they come back to the end.
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Closer to the end than this counts as being there. */
const nearPx = 32;

export interface AutoScroll {
  following: boolean;
  jump(): void;
}

export function useAutoScroll(frame: RefObject<HTMLElement | null>, content: RefObject<HTMLElement | null>): AutoScroll {
  const [following, setFollowing] = useState(true);
  const latch = useRef(true);
  const lastTop = useRef(0);

  const set = useCallback((next: boolean) => {
    latch.current = next;
    setFollowing(next);
  }, []);

  useEffect(() => {
    const element = frame.current;
    const inner = content.current;
    if (!element || !inner) return undefined;
    const distance = (): number => element.scrollHeight - element.clientHeight - element.scrollTop;
    const leave = (): void => { if (distance() > 0 || element.scrollTop > 0) set(false); };
    const toEnd = (): void => {
      // The first screen of a new chat is read from its top.
      if (!latch.current || inner.classList.contains('is-empty')) return;
      element.scrollTop = element.scrollHeight;
      lastTop.current = element.scrollTop;
    };
    // Any upward intention of the reader wins over the stream.
    const onWheel = (event: WheelEvent): void => { if (event.deltaY < 0) leave(); };
    const onKey = (event: KeyboardEvent): void => { if (['PageUp', 'ArrowUp', 'Home'].includes(event.key)) leave(); };
    const onScroll = (): void => {
      const top = element.scrollTop;
      if (distance() <= nearPx) { if (!latch.current && top >= lastTop.current) set(true); } else if (top < lastTop.current - 2) set(false);
      lastTop.current = top;
    };
    const onSelect = (): void => {
      const selection = document.getSelection();
      if (selection && !selection.isCollapsed && selection.anchorNode && inner.contains(selection.anchorNode)) set(false);
    };
    const observer = new ResizeObserver(toEnd);
    observer.observe(inner);
    observer.observe(element);
    element.addEventListener('wheel', onWheel, { passive: true });
    element.addEventListener('keydown', onKey);
    element.addEventListener('scroll', onScroll, { passive: true });
    document.addEventListener('selectionchange', onSelect);
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', onWheel);
      element.removeEventListener('keydown', onKey);
      element.removeEventListener('scroll', onScroll);
      document.removeEventListener('selectionchange', onSelect);
    };
  }, [frame, content, set]);

  const jump = useCallback(() => {
    set(true);
    const element = frame.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [frame, set]);
  return { following, jump };
}
