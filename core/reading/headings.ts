// Owns the guess that a line which stands alone is a heading, for formats that do not say so.

const longest = 100;

/** Level from 1, or null. Numbers make levels ("3.2 Scope" is 2); so do section signs, chapter words and lines in capitals. */
export function headingLevel(raw: string): number | null {
  const line = raw.trim();
  if (line.length < 3 || line.length > longest || /[.,;:!?]$/.test(line.replace(/^[\d.]+$/, ''))) return null;
  const numbered = /^(\d{1,3}(?:\.\d{1,3}){0,4})\.?\s+(\p{Lu}|\p{Lo})/u.exec(line);
  if (numbered) return numbered[1]!.split('.').length;
  if (/^(§+\s*\d+|art(icle|ikel)?\.?\s+\d+)\b/i.test(line)) return 2;
  if (/^(chapter|kapitel|part|teil|section|abschnitt|appendix|anhang|annex|anlage)\s+([\divxlc]+|[a-z])\b/i.test(line)) return 1;
  const letters = line.replace(/[^\p{L}]/gu, '');
  if (letters.length >= 4 && line.length < 70 && letters === letters.toUpperCase() && letters !== letters.toLowerCase()) return 1;
  return null;
}
