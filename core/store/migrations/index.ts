// Owns the history of the database's shape: every shipped migration, in order. Never edit a shipped one; add the next ten.
import type { Migration } from '../migrate.js';
import { first } from './0010-first.js';
import { search } from './0020-search.js';
import { compute } from './0030-compute.js';
import { documents } from './0040-documents.js';
import { stopStrings } from './0050-stop-strings.js';
import { vectors } from './0060-vectors.js';
import { unsure } from './0070-unsure.js';

export const migrations: readonly Migration[] = [first, search, compute, documents, stopStrings, vectors, unsure];
