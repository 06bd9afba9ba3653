import type { Pid } from '../units.js';
import { processOf } from './process-questions.js';
import { attachedPids, lastSample } from './questions.js';
import type { Evidence, Sample } from './shapes.js';

/** Processes that have the database or a file beside it open in any sample, each once, backup programs included. */
export function everOpenPids(evidence: Evidence): Pid[] {
  return [...new Set(evidence.samples.flatMap(attachedPids))];
}

/** Processes that any sample saw attached, each once. */
export function everAttachedPids(evidence: Evidence): Pid[] {
  return everOpenPids(evidence).filter((pid) => mayUseSqlite(evidence, pid));
}

/** Attached in the last sample. */
export function attachedNow(evidence: Evidence): Pid[] {
  return attachedPids(lastSample(evidence)).filter((pid) => mayUseSqlite(evidence, pid));
}

/**
 * Whether a process that has the database open can be attached. Not `cat`, `tail` or a backup program: all that it
 * has loaded was searched, there is no SQLite in it, and it holds none of SQLite's locks.
 */
export function mayUseSqlite(evidence: Evidence, pid: Pid): boolean {
  const libraries = processOf(evidence, pid)?.sqliteLibraries;
  if (!libraries?.known || libraries.value.length > 0) return true;
  return evidence.samples.some(({ kernel }) => kernel.locks.some((lock) => lock.pid === pid));
}

/** The most processes that one sample saw attached: those of different moments may be one after the other. */
export function mostAttachedAtOnce(evidence: Evidence): number {
  const count = (sample: Sample) => attachedPids(sample).filter((pid) => mayUseSqlite(evidence, pid)).length;
  return Math.max(...evidence.samples.map(count));
}
