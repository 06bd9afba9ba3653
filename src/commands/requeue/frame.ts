/** What preview, change and undo of one database have in common. */
import type { Config } from '../../config.js';
import type { LockObserver } from '../../locks/platform.js';
import type { RequeueDatabase } from '../../queue/shapes.js';
import type { Milliseconds } from '../../units.js';
import type { Host } from '../host.js';
import type { Detail } from '../options.js';

export interface RequeueTools {
  readonly observer: LockObserver;
  readonly host: Host;
  readonly signal: AbortSignal;
  readonly detail: Detail;
  readonly config: Config;
  /** How long to look whether anybody has the database open. */
  readonly intervalMs: Milliseconds;
}

/** A report to be filled. */
export const NOTHING_YET: Omit<RequeueDatabase, 'path' | 'given' | 'outcome' | 'summary'> = {
  way: null,
  queues: [],
  ambiguous: [],
  proposals: [],
  unmapped: [],
  undone: null,
  journal: null,
  savedFiles: [],
  refusals: [],
  notes: [],
  advice: { text: '', commands: [] },
};

export type Base = typeof NOTHING_YET & Pick<RequeueDatabase, 'path' | 'given'>;

export function failed(base: Base, summary: string): RequeueDatabase {
  return { ...base, outcome: 'failed', summary };
}

export function examplesIn(detail: Detail): number {
  return detail === 'verbose' ? 1000 : 10;
}
