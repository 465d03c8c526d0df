// Reads the header of a GGUF file as untrusted data: metadata and tensor list, in bounded memory and time.
import path from 'node:path';
import { AppError } from '../contract/errors.js';
import { openRegularFile } from './bounded-file.js';
import { ByteWindow } from './byte-window.js';
import { ggmlTypeById, tensorBytes, type GgmlType } from './ggml-types.js';
import { shown } from './untrusted-text.js';

const MAX_ENTRIES = 16_384;
const MAX_TENSORS = 65_536;
/** Names are kept to find duplicates. Real keys have fewer than 100 bytes; ggml allows 63 for tensors. */
const MAX_KEY_BYTES = 1024;
const MAX_TENSOR_NAME_BYTES = 63;
/** The largest vocabularies have 0.3 M tokens and 0.6 M merges. */
const MAX_ARRAY_LENGTH = 1 << 23;
/** Longer strings and lists are skipped and described by their length. */
const MAX_KEPT_STRING_BYTES = 64 * 1024;
const MAX_KEPT_LIST_LENGTH = 256;
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** A value too long to keep, or a list of strings. */
export interface SkippedValue {
  length: number;
}
export type GgufValue = string | number | boolean | readonly number[] | SkippedValue;

export interface GgufTensorInfo {
  name: string;
  /** ggml order: row length first. */
  shape: readonly number[];
  type: GgmlType;
  /** Absolute position in the file. */
  position: number;
  sizeBytes: number;
}

export interface GgufHeader {
  version: number;
  metadata: ReadonlyMap<string, GgufValue>;
  tensors: readonly GgufTensorInfo[];
  /** Where the last tensor's data ends; never beyond the file. */
  dataEnd: number;
  fileBytes: number;
}

/** Bytes of one value by GGUF type id; 8 is a string, 9 a list. */
const scalarBytes: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/**
 * Reads and checks everything before the tensor data, and that the file is long enough for that data.
 * Follows llama.cpp's own checks (ggml/src/gguf.cpp) and is stricter about sizes. Errors: model_missing, gguf_invalid, gguf_truncated, file_unreadable.
 */
export async function readGgufHeader(file: string): Promise<GgufHeader> {
  const { handle, sizeBytes } = await openRegularFile(file, 'model_missing');
  try {
    return await new HeaderReader(file, new ByteWindow(file, handle, sizeBytes)).read();
  } finally {
    await handle.close();
  }
}

class HeaderReader {
  private keptBytes = 0;
  private readonly file: string;
  private readonly window: ByteWindow;

  constructor(file: string, window: ByteWindow) {
    this.file = file;
    this.window = window;
  }

  async read(): Promise<GgufHeader> {
    const { window } = this;
    await window.need(24);
    if (window.u32() !== 0x46554747) throw this.invalid('it does not begin with "GGUF"');
    const version = window.u32();
    if (version !== 2 && version !== 3) throw this.invalid(version >= 0x10000 ? 'it was written for big-endian machines' : `its version is ${version}; 2 and 3 are readable`);
    const tensorCount = window.size();
    const entryCount = window.size();
    if (tensorCount > MAX_TENSORS) throw this.invalid(`it claims ${tensorCount} tensors`);
    if (entryCount > MAX_ENTRIES) throw this.invalid(`it claims ${entryCount} metadata entries`);
    const metadata = new Map<string, GgufValue>();
    for (let i = 0; i < entryCount; i++) {
      const key = await this.shortString(MAX_KEY_BYTES, 'a metadata key');
      if (metadata.has(key)) throw this.invalid(`the key ${shown(key)} occurs twice`);
      await window.need(4);
      metadata.set(key, await this.value(window.u32()));
    }
    const alignment = metadata.get('general.alignment') ?? 32;
    if (typeof alignment !== 'number' || alignment < 1 || alignment > 65_536 || (alignment & (alignment - 1)) !== 0) throw this.invalid('its alignment is not a power of two');
    return this.tensorList(version, metadata, tensorCount, alignment);
  }

  private async tensorList(version: number, metadata: Map<string, GgufValue>, tensorCount: number, alignment: number): Promise<GgufHeader> {
    const { window } = this;
    const names = new Set<string>();
    const listed: { name: string; shape: number[]; type: GgmlType; offset: number; sizeBytes: number }[] = [];
    let dataBytes = 0;
    let lastEnd = 0;
    for (let i = 0; i < tensorCount; i++) {
      const name = await this.shortString(MAX_TENSOR_NAME_BYTES, 'a tensor name');
      if (names.has(name)) throw this.invalid(`the tensor ${shown(name)} occurs twice`);
      names.add(name);
      await window.need(4);
      const dimensions = window.u32();
      if (dimensions > 4) throw this.invalid(`${shown(name)} has ${dimensions} dimensions`);
      await window.need(dimensions * 8 + 12);
      const shape = Array.from({ length: dimensions }, () => window.size());
      const typeId = window.u32();
      const type = ggmlTypeById(typeId);
      if (type === undefined) throw this.invalid(`${shown(name)} has the number format ${typeId}, which this version does not know`);
      const sizeBytes = tensorBytes(type, shape[0] ?? 1, shape.reduce((product, size) => product * size, 1));
      const offset = window.size();
      if (sizeBytes === undefined || !Number.isSafeInteger(sizeBytes)) throw this.invalid(`${shown(name)} has an impossible shape`);
      if (offset !== dataBytes) throw this.invalid(`the data of ${shown(name)} is not where it should be`);
      lastEnd = offset + sizeBytes;
      dataBytes = Math.ceil(lastEnd / alignment) * alignment;
      if (!Number.isSafeInteger(dataBytes)) throw this.invalid('its tensors are larger than any file');
      listed.push({ name, shape, type, offset, sizeBytes });
    }
    const dataStart = tensorCount === 0 ? window.position : Math.ceil(window.position / alignment) * alignment;
    if (dataStart + lastEnd > window.fileBytes) throw window.truncated(dataStart + lastEnd);
    const tensors = listed.map(({ name, shape, type, offset, sizeBytes }) => ({ name, shape, type, position: dataStart + offset, sizeBytes }));
    return { version, metadata, tensors, dataEnd: dataStart + lastEnd, fileBytes: window.fileBytes };
  }

  private async shortString(maxBytes: number, what: string): Promise<string> {
    await this.window.need(8);
    const length = this.window.size();
    if (length > maxBytes) throw this.invalid(`${what} has ${length} bytes`);
    await this.window.need(length);
    return this.window.text(length);
  }

  private async value(typeId: number): Promise<GgufValue> {
    if (typeId === 9) return this.list();
    if (typeId === 8) return this.string();
    const bytes = scalarBytes[typeId];
    if (bytes === undefined) throw this.invalid(`it has a metadata value of the unknown type ${typeId}`);
    await this.window.need(bytes);
    return this.scalar(typeId);
  }

  private async string(): Promise<GgufValue> {
    await this.window.need(8);
    const length = this.window.size();
    if (length > MAX_KEPT_STRING_BYTES || !this.keep(length)) {
      this.window.skip(length);
      return { length };
    }
    await this.window.need(length);
    return this.window.text(length);
  }

  private async list(): Promise<GgufValue> {
    const { window } = this;
    await window.need(12);
    const typeId = window.u32();
    const length = window.size();
    if (length > MAX_ARRAY_LENGTH) throw this.invalid(`it has a list of ${length} values`);
    if (typeId === 8) {
      for (let i = 0; i < length; i++) {
        if (!window.has(8)) await window.need(8);
        window.skip(window.size());
      }
      return { length };
    }
    const bytes = scalarBytes[typeId];
    if (bytes === undefined) throw this.invalid(`it has a list of the unknown type ${typeId}`);
    if (length > MAX_KEPT_LIST_LENGTH || !this.keep(length * 8)) {
      window.skip(length * bytes);
      return { length };
    }
    await window.need(length * bytes);
    return Array.from({ length }, () => Number(this.scalar(typeId)));
  }

  private scalar(typeId: number): number | boolean {
    const { window } = this;
    switch (typeId) {
      case 0: return window.u8();
      case 1: return (window.u8() << 24) >> 24;
      case 2: return window.u16();
      case 3: return (window.u16() << 16) >> 16;
      case 4: return window.u32();
      case 5: return window.u32() | 0;
      case 6: return window.f32();
      case 7: return window.u8() !== 0;
      case 10: return Number(window.u64());
      case 11: return Number(BigInt.asIntN(64, window.u64()));
      default: return window.f64();
    }
  }

  private keep(bytes: number): boolean {
    if (this.keptBytes + bytes > MAX_KEPT_BYTES) return false;
    this.keptBytes += bytes;
    return true;
  }

  private invalid(why: string): AppError {
    return new AppError('gguf_invalid', `The file ${path.basename(this.file)} is not a usable GGUF file: ${why}. Download or convert it again.`, this.file);
  }
}
