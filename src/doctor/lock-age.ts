import type { Milliseconds, Pid } from '../units.js';
import type { Severity } from './check.js';
import type { SamplePair } from './live.js';
import { descriptorsOf, lastSample, sampledForMs } from './questions.js';
import type { Evidence, Sample } from './shapes.js';

/**
 * The busy timeout that Python's sqlite3, Django, Rails and better-sqlite3 start with: who has waited this long
 * fails now. docs.python.org/3/library/sqlite3.html#sqlite3.connect, better-sqlite3's docs/api.md ("timeout")
 */
export const COMMON_BUSY_TIMEOUT_MS: Milliseconds = 5000;

/** How bad it is that these locks keep writers out; the oldest decides. */
export function holdSeverity(holds: readonly { readonly heldAtLeastMs: Milliseconds }[]): Severity | 'clear' {
  if (holds.length === 0) return 'clear';
  return holds.some((hold) => hold.heldAtLeastMs >= COMMON_BUSY_TIMEOUT_MS) ? 'critical' : 'warning';
}

/**
 * How long the rollback-mode transaction of a process has at least lasted. Its journal was last written within it,
 * if the journal is active or the process has it open: SQLite closes it with the transaction (pager.c, pager_unlock).
 */
export function transactionAgeMs(evidence: Evidence, pid: Pid): Milliseconds {
  const sample = lastSample(evidence);
  const ownsJournal = hasActiveJournal(sample) || hasJournalOpen(sample, pid);
  const journalAgeMs = ownsJournal && sample.journal ? sample.atMs - sample.journal.file.modifiedAtMs : 0;
  return Math.max(sampledForMs(evidence), journalAgeMs);
}

export function hasActiveJournal(sample: Sample): boolean {
  return sample.journal?.content.kind === 'active';
}

function hasJournalOpen(sample: Sample, pid: Pid): boolean {
  const isWritten = sample.journal !== null && sample.journal.file.bytes > 0;
  return isWritten && descriptorsOf(sample, pid, 'journal').some((descriptor) => descriptor.current);
}

/** Whether the database file itself changed between the samples: a commit, a checkpoint or a rollback wrote to it. */
export function databaseFileChanged([first, last]: SamplePair): boolean {
  const [before, after] = [first.database, last.database];
  return before.modifiedAtMs !== after.modifiedAtMs || before.bytes !== after.bytes;
}
