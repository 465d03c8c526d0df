// Owns a canvas that is as sharp as the screen and as wide as its place.
import { useLayoutEffect, useState, type RefObject } from 'react';

/** Width of an element in CSS pixels, followed as it changes. */
export function useWidth(target: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = target.current;
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [target]);
  return width;
}

/** Sizes a canvas for the screen's pixel density and returns a context in CSS pixels. `fresh` when its content was lost. */
export function surface(canvas: HTMLCanvasElement, width: number, height: number): { context: CanvasRenderingContext2D; fresh: boolean } | null {
  const context = canvas.getContext('2d');
  if (!context || width <= 0) return null;
  const ratio = window.devicePixelRatio || 1;
  const fresh = canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio);
  if (fresh) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, fresh };
}
