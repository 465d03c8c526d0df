// Reads little-endian values from a file through one fixed buffer, never beyond the file and never more than a header may have.
import path from 'node:path';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../contract/errors.js';
import { readExactly } from './bounded-file.js';

const WINDOW_BYTES = 256 * 1024;
/** A header with a vocabulary of 256k tokens has about 12 MB. Bounds the time a hostile file can take. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024;

/** Call {@link need} before the value readers: they only look at what is already in the buffer. */
export class ByteWindow {
  readonly fileBytes: number;
  /** Next byte to read, from the start of the file. */
  position = 0;
  private readonly file: string;
  private readonly handle: FileHandle;
  private readonly bytes = Buffer.alloc(WINDOW_BYTES);
  private start = 0;
  private end = 0;

  constructor(file: string, handle: FileHandle, fileBytes: number) {
    this.file = file;
    this.handle = handle;
    this.fileBytes = fileBytes;
  }

  /** True when `count` bytes are in the buffer. */
  has(count: number): boolean {
    return this.position >= this.start && this.position + count <= this.end;
  }

  /** Brings `count` bytes into the buffer, at most the buffer's size. Errors: gguf_truncated, gguf_invalid, file_unreadable. */
  async need(count: number): Promise<void> {
    if (this.has(count)) return;
    if (this.position + count > this.fileBytes) throw this.truncated(this.position + count);
    if (this.position + count > MAX_HEADER_BYTES) throw this.invalid(`its header is longer than ${MAX_HEADER_BYTES} bytes`);
    const length = Math.min(WINDOW_BYTES, this.fileBytes - this.position);
    try {
      await readExactly(this.handle, this.bytes.subarray(0, length), this.position, () => this.truncated(this.position + count));
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('file_unreadable', `The file ${path.basename(this.file)} cannot be read. Check the disk and try again.`, this.file, { cause: error });
    }
    this.start = this.position;
    this.end = this.position + length;
  }

  /** Passes over bytes without reading them. */
  skip(count: number): void {
    if (this.position + count > this.fileBytes) throw this.truncated(this.position + count);
    this.position += count;
  }

  u8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  u64(): bigint {
    return this.bytes.readBigUInt64LE(this.take(8));
  }

  f32(): number {
    return this.bytes.readFloatLE(this.take(4));
  }

  f64(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  /** An unsigned 64-bit length or count as a number. Errors: gguf_invalid above 2^53. */
  size(): number {
    const at = this.take(8);
    const high = this.bytes.readUInt32LE(at + 4);
    if (high > 0x1fffff) throw this.invalid('it holds a length that no file can have');
    return high * 0x1_0000_0000 + this.bytes.readUInt32LE(at);
  }

  /** UTF-8; broken sequences become replacement characters. */
  text(length: number): string {
    const at = this.take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  truncated(neededBytes: number): AppError {
    return new AppError('gguf_truncated', `The file ${path.basename(this.file)} is cut short: it needs at least ${neededBytes} bytes and has ${this.fileBytes}. Download or convert it again.`, this.file);
  }

  private invalid(why: string): AppError {
    return new AppError('gguf_invalid', `The file ${path.basename(this.file)} is not a usable GGUF file: ${why}. Download or convert it again.`, this.file);
  }

  private take(count: number): number {
    if (!this.has(count)) throw new Error('need() was not called');
    const at = this.position - this.start;
    this.position += count;
    return at;
  }
}
