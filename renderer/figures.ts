// Owns how numbers read: seconds, bytes, counts, rates. Two significant figures where more would pretend.
/** One formatter: making one costs more than a hundred uses, and figures change with every painted frame. */
const wholeFormat = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** "0.4 s", "12 s", "3 min". Below a twentieth of a second the number says nothing useful. */
export function seconds(ms: number): string {
  const s = ms / 1000;
  if (s < 0.05) return 'under 0.1 s';
  if (s < 10) return `${s.toFixed(1)} s`;
  if (s < 90) return `${Math.round(s)} s`;
  return `${Math.round(s / 60)} min`;
}

/** An estimate: "about 0.4 s", but not "about under". */
export function about(ms: number): string {
  return seconds(ms).startsWith('under') ? seconds(ms) : `about ${seconds(ms)}`;
}

/** The same for a screen reader: "0.4 seconds". */
export function spokenSeconds(ms: number): string {
  return seconds(ms).replace(/ s$/, ' seconds').replace(/ min$/, ' minutes');
}

export function bytes(count: number): string {
  if (count < 1e3) return `${count} B`;
  if (count < 1e6) return `${Math.round(count / 1e3)} kB`;
  if (count < 1e9) return `${count < 1e7 ? (count / 1e6).toFixed(1) : Math.round(count / 1e6)} MB`;
  return `${(count / 1e9).toFixed(1)} GB`;
}

export function parameters(count: number): string {
  if (count < 1e6) return `${Math.max(1, Math.round(count / 1e3))} k`;
  if (count < 1e9) return `${count < 1e7 ? (count / 1e6).toFixed(1).replace('.0', '') : Math.round(count / 1e6)} M`;
  return `${(count / 1e9).toFixed(1).replace('.0', '')} B`;
}

export function whole(count: number): string {
  return wholeFormat.format(count);
}

/** A rate: "61", "7.4", "0.4". */
export function rate(perSecond: number): string {
  return perSecond >= 20 ? whole(perSecond) : perSecond.toFixed(1);
}

/** A relative change: "0.34", "0.0021", "2e-5". */
export function change(delta: number): string {
  if (delta >= 0.1) return delta.toFixed(2);
  if (delta >= 0.0001) return delta.toPrecision(2);
  return delta === 0 ? '0' : delta.toExponential(0);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}
