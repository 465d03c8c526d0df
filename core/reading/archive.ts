// Owns zip archives from strangers: what is in one, and its entries unpacked in memory within bounds. No name in an archive is ever used as a path.
import { unzipSync, zipSync } from 'fflate';
import { damaged, tooBig } from './failure.js';

const mostEntries = 20_000;
/** One entry in memory; text of this size is a book of a hundred thousand pages. */
const entryBytes = 256 * 2 ** 20;
/** Deflate cannot pack better than about 1032 to 1, so an entry that claims more is a lie. */
const bestRatio = 1100;

interface Entry {
  name: string;
  packed: number;
  unpacked: number;
}

export class Archive {
  readonly #bytes: Uint8Array;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry>();
  #unpacked = 0;

  /** `limit`: bytes unpacked in all. Errors: document_damaged, document_too_big. */
  constructor(bytes: Uint8Array, limit: number) {
    this.#bytes = bytes;
    this.#limit = limit;
    let seen = 0;
    this.#unzip((entry) => {
      if (++seen > mostEntries) throw tooBig(`zip: more than ${mostEntries} entries`);
      if (!this.#entries.has(entry.name)) this.#entries.set(entry.name, entry);
      return false;
    });
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** As declared, which is the most it can become. null: no such entry. */
  size(name: string): number | null {
    return this.#entries.get(name)?.unpacked ?? null;
  }

  /** null: no such entry. */
  read(name: string): Uint8Array | null {
    return this.has(name) ? (this.#read((entry) => entry.name === name)[name] ?? null) : null;
  }

  text(name: string): string | null {
    const bytes = this.read(name);
    if (!bytes) return null;
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
    return new TextDecoder(encoding).decode(bytes);
  }

  /** The chosen entries as an archive of true sizes, for parsers that unpack by themselves and believe what they find. */
  repacked(wanted: (name: string) => boolean): Uint8Array {
    return zipSync(
      this.#read((entry) => wanted(entry.name)),
      { level: 0 },
    );
  }

  /** fflate gives an entry no more room than its declared size, so sizes that were checked hold. */
  #read(wanted: (entry: Entry) => boolean): Record<string, Uint8Array> {
    const taken = new Set<string>();
    return this.#unzip((entry) => {
      if (taken.has(entry.name) || !wanted(entry)) return false;
      taken.add(entry.name);
      if (entry.unpacked > entry.packed * bestRatio + 1024) throw damaged('zip: sizes that cannot be');
      this.#unpacked += entry.unpacked;
      if (entry.unpacked > entryBytes || this.#unpacked > this.#limit) throw tooBig(`zip: unpacks to more than ${Math.min(entryBytes, this.#limit)} bytes`);
      return true;
    });
  }

  #unzip(filter: (entry: Entry) => boolean): Record<string, Uint8Array> {
    try {
      return unzipSync(this.#bytes, { filter: ({ name, size, originalSize }) => filter({ name, packed: size, unpacked: originalSize }) });
    } catch (error) {
      if (error instanceof Error && 'code' in error && typeof error.code === 'string') throw error;
      throw damaged(`zip: ${error instanceof Error ? error.message : 'unreadable'}`);
    }
  }
}
