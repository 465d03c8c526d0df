// Reads damaged files with the real reader process and tells what became of each.
import { errorCodes } from '../../core/contract/errors.js';
import { readerBounds } from '../../core/contract/reading.js';
import { damage } from '../fixtures/damage-documents.js';
import { everyFormat } from '../fixtures/make-documents.js';
import { startReader } from './reader.js';

export interface FuzzReport {
  files: number;
  read: number;
  /** By code. */
  refused: Record<string, number>;
  /** Reader processes that ended; the host starts another. */
  ended: string[];
  hung: string[];
  /** Failures without a code of documents. */
  uncoded: string[];
}

/** Every format in turn, each file damaged in its own way. A file that takes longer than the host's patience is a hang. */
export async function fuzzReader(files: number, firstSeed = 1): Promise<FuzzReport> {
  const good = Object.entries(await everyFormat());
  const report: FuzzReport = { files, read: 0, refused: {}, ended: [], hung: [], uncoded: [] };
  let reader = startReader();
  for (let seed = firstSeed; seed < firstSeed + files; seed++) {
    const [name, bytes] = good[seed % good.length]!;
    const fate = await Promise.race([
      reader.read({ name, bytes: damage(bytes, seed) }).then(
        () => 'read',
        (error: { code: string; detail?: string }) => (error.code === 'internal' ? `internal ${error.detail}` : error.code),
      ),
      reader.exited.then(() => 'disconnected'),
      new Promise<string>((resolve) => setTimeout(resolve, readerBounds.silentMs, 'hung').unref()),
    ]);
    if (fate === 'read') report.read++;
    else if (fate === 'hung' || fate === 'disconnected') {
      if (fate === 'hung') report.hung.push(`${name} seed ${seed}`);
      else report.ended.push(`${name} seed ${seed}: ${await reader.exited}`);
      reader.kill();
      reader = startReader();
    } else if (fate.startsWith('document_') && (errorCodes as readonly string[]).includes(fate)) report.refused[fate] = (report.refused[fate] ?? 0) + 1;
    else report.uncoded.push(`${name} seed ${seed}: ${fate}`);
  }
  reader.kill();
  return report;
}
