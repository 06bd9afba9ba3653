/** Throughput, errors, waits and the WAL over time. */
import type { Milliseconds } from '../units.js';
import { type Performance, statesOf } from './act.js';
import type { WalSample } from './conduct.js';
import type { SeriesTally } from './protocol.js';
import type { RoleName, SeriesPoint } from './run-shapes.js';

const MOST_POINTS = 120;

/** @param durationMs from the common start */
export function seriesOf(
  performances: readonly Performance[],
  wal: readonly WalSample[],
  durationMs: Milliseconds,
): SeriesPoint[] {
  const stepMs = performances[0]?.plan.stepMs ?? durationMs;
  const steps = Math.max(1, Math.ceil(durationMs / stepMs));
  const together = Math.ceil(steps / MOST_POINTS);
  const writers = tallies(performances, 'writer');
  const readers = tallies(performances, 'reader');
  return Array.from({ length: Math.ceil(steps / together) }, (_, point) => {
    const [from, to] = [point * together, (point + 1) * together];
    const sum = (all: readonly SeriesTally[], what: 'committed' | 'failed' | 'retries') =>
      all.reduce((total, series) => total + series[what].slice(from, to).reduce((a, b) => a + b, 0), 0);
    return {
      ...{ atMs: from * stepMs, stepMs: together * stepMs },
      committed: sum(writers, 'committed'),
      failed: sum(writers, 'failed'),
      retries: sum(writers, 'retries'),
      reads: sum(readers, 'committed'),
      longestWaitMs: Math.max(0, ...writers.flatMap(({ longestWaitMs }) => longestWaitMs.slice(from, to))),
      walBytes: largest(wal, from * stepMs, to * stepMs),
    };
  });
}

function tallies(performances: readonly Performance[], role: RoleName): SeriesTally[] {
  return statesOf(performances, role).map(({ series }) => series);
}

function largest(wal: readonly WalSample[], fromMs: Milliseconds, toMs: Milliseconds): number | null {
  const sizes = wal.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map(({ bytes }) => bytes);
  return sizes.length === 0 ? null : Math.max(...sizes);
}
