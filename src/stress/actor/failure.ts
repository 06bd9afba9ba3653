/**
 * Why a statement failed when it did: whether SQLite asked the busy handler, as main.c, btree.c and wal.c have it
 * (sqlite3InvokeBusyHandler, sqlite3BtreeBeginTrans, walBusyLock), concluded from what an application can see.
 */
import type { Milliseconds } from '../../units.js';
import type { ErrorClass, Phase } from '../run-shapes.js';

export interface FailedStatement {
  /** SQLite's extended name. */
  readonly code: string;
  readonly phase: Phase;
  readonly elapsedMs: Milliseconds;
  readonly busyTimeoutMs: Milliseconds;
  /** The transaction is deferred and had read before. */
  readonly readBefore?: boolean;
  /** The last statement of this connection had used up its timeout. */
  readonly spentBefore?: boolean;
}

/** See reasons.ts for the sentence of each. */
export type Reason =
  | 'timed-out'
  | 'timed-out-commit'
  | 'no-timeout'
  | 'upgrade'
  | 'snapshot'
  | 'spent'
  | 'recovery'
  | 'journal-mode'
  | 'not-asked'
  | 'locked'
  | 'protocol'
  | 'other';

/** What the sum of SQLite's sleeps may seem shorter by, seen from outside. */
const CLOCK_MS: Milliseconds = 1;

/** What SQLite said, as better-sqlite3 throws it; whatever else is thrown is a defect of ours and goes on. */
export function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') throw error;
  if (!error.code.startsWith('SQLITE_')) throw error;
  return { code: error.code, message: error.message };
}

export function isLockError(code: string): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(code);
}

export function classify(failed: FailedStatement): { readonly class: ErrorClass; readonly reason: Reason } {
  const { code, elapsedMs, busyTimeoutMs } = failed;
  if (code === 'SQLITE_PROTOCOL') return { class: 'other', reason: 'protocol' };
  if (code.startsWith('SQLITE_LOCKED')) return { class: 'instant', reason: 'locked' };
  if (!code.startsWith('SQLITE_BUSY')) return { class: 'other', reason: 'other' };
  if (code === 'SQLITE_BUSY_SNAPSHOT') return { class: 'instant', reason: 'snapshot' };
  if (busyTimeoutMs === 0) return { class: 'instant', reason: 'no-timeout' };
  if (isUpgrade(failed) && elapsedMs < LONGEST_DELAY_MS) return { class: 'instant', reason: 'upgrade' };
  if (elapsedMs + Math.min(CLOCK_MS, busyTimeoutMs / 10) >= busyTimeoutMs)
    return { class: 'timed-out', reason: failed.phase === 'commit' ? 'timed-out-commit' : 'timed-out' };
  return { class: 'instant', reason: instantReason(failed) };
}

/** A busy machine may take so long for a statement that did not wait; only then is the clock believed rather than the code. */
const LONGEST_DELAY_MS: Milliseconds = 1000;

/** btreeBeginTrans asks the busy handler only where no transaction is open. */
function isUpgrade({ code, phase, readBefore }: FailedStatement): boolean {
  return code === 'SQLITE_BUSY' && readBefore === true && phase === 'write';
}

function instantReason({ code, phase, spentBefore }: FailedStatement): Reason {
  if (code === 'SQLITE_BUSY_RECOVERY') return 'recovery';
  if (phase === 'pragma') return 'journal-mode';
  return spentBefore ? 'spent' : 'not-asked';
}
