// plumb convert: a Hugging Face folder to one GGUF file.
import type { Command } from 'commander';
import { AppError } from '../contract/errors.js';
import { convertCheckpoint, type ConversionReport, type Quantize } from '../convert/convert.js';
import { isOutputType, outputTypes } from '../convert/output-types.js';
import { withEngine } from './engine.js';
import { bytes, progressLine, table } from './terminal.js';

export function addConvert(program: Command): void {
  program
    .command('convert')
    .description('Convert a Hugging Face folder to a GGUF file.')
    .argument('<source>', 'folder with config.json, tokenizer.json and the weights')
    .argument('<out>', 'GGUF file to write')
    .option('-t, --type <type>', `weight type: ${outputTypes.join(', ')}`, 'bf16')
    .option('-f, --force', 'replace the file if it exists')
    .option('-v, --verbose', 'list every tensor with the type it got')
    .action(async (source: string, out: string, options: { type: string; force?: boolean; verbose?: boolean }) => {
      const type = options.type.toLowerCase();
      if (!isOutputType(type)) throw new AppError('convert_unknown_type', `There is no type ${JSON.stringify(options.type)}. Choose one of: ${outputTypes.join(', ')}.`);
      const abort = new AbortController();
      const stop = (): void => abort.abort();
      process.once('SIGINT', stop);
      const progress = progressLine();
      try {
        const report = await convertCheckpoint({
          sourceDir: source,
          targetPath: out,
          type,
          overwrite: options.force ?? false,
          quantize,
          signal: abort.signal,
          onProgress: ({ phase, tensor, fraction }) => progress.show(tensor === '' ? phase : `${phase} ${tensor}`, fraction),
        });
        progress.clear();
        if (options.verbose) process.stdout.write(`${tensorTable(report)}\n\n`);
        process.stdout.write(summary(report));
      } finally {
        progress.clear();
        process.off('SIGINT', stop);
      }
    });
}

/** The engine's quantiser; the engine lives as long as this one call. */
const quantize: Quantize = (source, target, { type, signal }) =>
  withEngine(async (engine) => {
    const stop = (): void => engine.kill();
    signal?.addEventListener('abort', stop);
    try {
      return await engine.client.call('quantize', { source, target, type });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  });

function tensorTable({ tensors }: ConversionReport): string {
  return table(
    ['tensor', 'shape', 'from', 'type', ''],
    tensors.map(({ name, shape, sourceFormat, writtenType, fallback }) => [name, shape.join(' × '), sourceFormat, writtenType, fallback ?? '']),
  );
}

function summary(report: ConversionReport): string {
  const counts = new Map<string, number>();
  for (const { writtenType } of report.tensors) counts.set(writtenType, (counts.get(writtenType) ?? 0) + 1);
  const types = [...counts].map(([type, count]) => `${count} ${type}`).join(', ');
  const fallbacks = report.tensors.filter(({ fallback }) => fallback !== undefined).length;
  return [
    `${report.targetPath}`,
    `  ${bytes(report.sizeBytes)}, ${(report.parameterCount / 1e6).toFixed(1)} million parameters, ${report.tensors.length} tensors (${types}), ${(report.durationMs / 1000).toFixed(1)} s`,
    ...(fallbacks > 0 ? [`  ${fallbacks} tensors did not fit ${report.type} and got another type; --verbose says which and why.`] : []),
    ...report.warnings.map((warning) => `  Note: ${warning}`),
    '',
  ].join('\n');
}
