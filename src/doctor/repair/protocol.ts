/** What the parent and the child process of a repair say to each other. */
import type { Failure } from '../../sqlite/connection-child.js';
import type { Milliseconds } from '../../units.js';

export type { Failure };

export type Order =
  | { readonly order: 'open'; readonly path: string; readonly busyTimeoutMs: Milliseconds }
  /** SQLite's backup API: a copy as of one moment, under a shared lock or beside writers. */
  | { readonly order: 'back-up'; readonly target: string }
  /** Each on its own, as they are; what they return is forgotten. */
  | { readonly order: 'run'; readonly statements: readonly string[]; readonly busyTimeoutMs: Milliseconds }
  /** All or nothing: BEGIN IMMEDIATE to COMMIT. */
  | { readonly order: 'write'; readonly statements: readonly string[]; readonly busyTimeoutMs: Milliseconds }
  /** One try; the answer has the mode that the database is in afterwards. */
  | { readonly order: 'journal-mode'; readonly mode: 'wal' | 'delete'; readonly busyTimeoutMs: Milliseconds }
  | { readonly order: 'close' };

export type Answer =
  | { readonly answer: 'done'; readonly durationMs: Milliseconds; readonly value: string }
  | Failure;
