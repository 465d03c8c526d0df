// Owns what a window is told about the network lock and about what lies on the disk.
import { z } from 'zod';

/** A connection that was asked for and refused. Never content: only who, what kind, where to, and when. */
export const refusedSchema = z.object({
  process: z.enum(['core', 'engine', 'reader', 'window']),
  kind: z.enum(['connect', 'listen', 'look-up', 'datagram', 'inspector', 'request']),
  /** Name or number of the other machine, without path or port; at most 255 characters. */
  host: z.string().max(255),
  atMs: z.number().int().nonnegative(),
});
export type Refused = z.infer<typeof refusedSchema>;

export const storedSchema = z.object({
  what: z.enum(['conversations', 'backups', 'window', 'models', 'other']),
  path: z.string(),
  sizeBytes: z.number().int().nonnegative(),
  files: z.number().int().nonnegative(),
  /** `encrypted`: its beginning is no readable header. `plain`: anyone who can read the file can read it. `public`: holds nothing of yours. */
  protection: z.enum(['encrypted', 'plain', 'public']),
  /** Only its owner may open it, as the file system says. */
  ownerOnly: z.boolean(),
});
export type Stored = z.infer<typeof storedSchema>;

export const privacyReportSchema = z.object({
  /** False: this process runs without the lock (tests, the command line's own parts). */
  locked: z.boolean(),
  refusedTotal: z.number().int().nonnegative(),
  /** The last ones, newest first. */
  refused: z.array(refusedSchema).max(200),
  /** The one host name that may be reached at this moment, for a download the user started. */
  exception: z.string().nullable(),
  stored: z.array(storedSchema),
});
export type PrivacyReport = z.infer<typeof privacyReportSchema>;
