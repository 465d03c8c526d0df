// Owns the colours of the canvases: read from the page's tokens, again whenever the theme changes.
import { useEffect, useState } from 'react';
import { useApp } from '../store.js';

export interface Palette {
  text: string;
  muted: string;
  line: string;
  accent: string;
  warm: string;
  raised: string;
  /** 32 shades from settled (faint) to still moving (full accent). */
  shades: readonly string[];
}

const shadeCount = 32;

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim() || '#888888';
  const accent = value('--accent');
  const shades = Array.from({ length: shadeCount }, (_, at) => {
    const alpha = Math.round(14 + 241 * (at / (shadeCount - 1)) ** 1.25);
    return `${accent}${alpha.toString(16).padStart(2, '0')}`;
  });
  return { text: value('--text'), muted: value('--muted'), line: value('--line'), accent, warm: value('--warm'), raised: value('--raised'), shades };
}

/** A relative change as a shade: 1 and more is full, one thousandth and less is faint. */
export function shadeOf(palette: Palette, delta: number): string {
  const level = delta <= 0 ? 0 : 1 + Math.log10(Math.max(delta, 1e-3)) / 3;
  return palette.shades[Math.max(0, Math.min(shadeCount - 1, Math.round(level * (shadeCount - 1))))]!;
}

export function usePalette(): Palette | null {
  const theme = useApp(({ settings }) => settings.theme);
  const [palette, setPalette] = useState<Palette | null>(null);
  useEffect(() => {
    // After the theme's attribute has reached the page.
    const refresh = (): void => void requestAnimationFrame(() => setPalette(read()));
    refresh();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', refresh);
    return () => dark.removeEventListener('change', refresh);
  }, [theme]);
  return palette;
}
