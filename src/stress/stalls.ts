/** Which waits of writers fell into a checkpoint. */
import type { Milliseconds } from '../units.js';
import type { Span } from './protocol.js';

export interface Stalls {
  readonly stalls: number;
  readonly longestStallMs: Milliseconds;
}

/** A wait counts if at least half of it was spent while a checkpoint ran. */
export function findStalls(waits: readonly Span[], checkpoints: readonly Span[]): Stalls {
  const stalled = waits.filter((wait) =>
    checkpoints.some((checkpoint) => overlap(wait, checkpoint) >= length(wait) / 2),
  );
  return { stalls: stalled.length, longestStallMs: Math.max(0, ...stalled.map(length)) };
}

function length([from, to]: Span): Milliseconds {
  return to - from;
}

function overlap([aFrom, aTo]: Span, [bFrom, bTo]: Span): Milliseconds {
  return Math.max(0, Math.min(aTo, bTo) - Math.max(aFrom, bFrom));
}
