// Owns the types of the fake engine.
import type { ExitCriterion } from '../../core/contract/compute.js';
import type { ChatMessage, EngineApi } from '../../core/contract/engine.js';
import type { AppError } from '../../core/contract/errors.js';
import type { ExitReason } from '../../core/contract/recurrence.js';
import type { Pipe, serve } from '../../core/contract/rpc.js';

export declare const sampleMarkdown: string;
export declare function cut(text: string): string[];
export declare function traceOf(index: number, steps: number): number[];
export declare function exitOf(trace: readonly number[], exit: ExitCriterion | null): { steps: number; exitReason: ExitReason };
export declare function serveFakeEngine(host: {
  serve: typeof serve;
  engineApi: EngineApi;
  AppError: typeof AppError;
  pipe: Pipe;
  die: () => never | Promise<never>;
  forkId?: string | null;
  onPrompt?: ((messages: ChatMessage[]) => void) | undefined;
  /** Sees a text that is to take the engine down; false spares it. */
  onEncode?: ((text: string) => boolean) | undefined;
  gpu?: string | null;
  heartbeatMs?: number;
}): void;
