// Owns one formula: as written until KaTeX is here, as written for ever if KaTeX refuses it.
import { useLayoutEffect, useRef } from 'react';
import { withoutHidden } from './hidden-characters.js';
import type * as Typesetting from './typeset.js';

interface Props {
  tex: string;
  display: boolean;
  raw: string;
}

type Typeset = typeof Typesetting;
let loaded: Typeset | null = null;

export function Maths({ tex, display, raw }: Props) {
  const target = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    let gone = false;
    const draw = (): void => {
      const element = target.current;
      if (gone || !element || !loaded) return;
      try {
        loaded.typeset(element, tex, display);
        element.classList.remove('maths-raw');
      } catch {
        // Not TeX that KaTeX knows: the reader still sees what the model wrote.
        element.textContent = withoutHidden(raw.trim());
        element.classList.add('maths-raw');
      }
    };
    if (loaded) draw();
    else void import('./typeset.js').then((module) => { loaded = module; }).then(draw, () => undefined);
    return () => {
      gone = true;
    };
  }, [tex, display, raw]);
  // React owns the element, KaTeX what is in it: React must not be given children here.
  return <span ref={target} className={display ? 'maths maths-display maths-raw' : 'maths maths-raw'} data-tex={withoutHidden(raw.trim())} />;
}
