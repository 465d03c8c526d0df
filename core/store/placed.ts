// Owns the form in which a page's placed text is kept: 24 bytes a run, little endian.
import type { PlacedText } from '../contract/reading.js';

const runBytes = 24;

/** Start and end as uint32, then x, y, width, height as float32. */
export function packPlaced(placed: readonly PlacedText[]): Buffer {
  const bytes = Buffer.alloc(placed.length * runBytes);
  placed.forEach(({ start, end, rect }, at) => {
    const offset = at * runBytes;
    bytes.writeUInt32LE(start, offset);
    bytes.writeUInt32LE(end, offset + 4);
    [rect.x, rect.y, rect.width, rect.height].forEach((value, part) => bytes.writeFloatLE(value, offset + 8 + 4 * part));
  });
  return bytes;
}

export function unpackPlaced(bytes: Buffer): PlacedText[] {
  return Array.from({ length: Math.floor(bytes.length / runBytes) }, (_, at) => {
    const offset = at * runBytes;
    const [x, y, width, height] = [8, 12, 16, 20].map((part) => bytes.readFloatLE(offset + part)) as [number, number, number, number];
    return { start: bytes.readUInt32LE(offset), end: bytes.readUInt32LE(offset + 4), rect: { x, y, width, height } };
  });
}
