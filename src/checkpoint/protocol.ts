/** What the parent and the child process of a checkpoint say to each other. */
import type { Failure } from '../sqlite/connection-child.js';
import type { Milliseconds } from '../units.js';
import type { CheckpointMode, CheckpointRow } from './shapes.js';

export type Order =
  | { readonly order: 'open'; readonly path: string; readonly busyTimeoutMs: Milliseconds }
  | { readonly order: 'checkpoint'; readonly mode: CheckpointMode; readonly busyTimeoutMs: Milliseconds }
  | { readonly order: 'close' };

export type Answer =
  | { readonly answer: 'done' }
  /** Times are of the monotonic clock. */
  | {
      readonly answer: 'row';
      readonly row: CheckpointRow;
      readonly startedMs: Milliseconds;
      readonly endedMs: Milliseconds;
    }
  | Failure;

export type { Failure };
