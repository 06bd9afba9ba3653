/** Who kept a repair from being done: pure, from one look at the locks. */
import type { LockSighting, Look } from '../../checkpoint/blockers.js';
import type { Pid } from '../../units.js';
import type { Preventer } from './shapes.js';

/**
 * What a repair waits for: `write`, the one write lock, and in rollback mode readers too; `alone`, that nobody else is
 * attached (btree.c, sqlite3BtreeSetVersion; pager.c, sqlite3PagerCloseWal).
 */
export type Need = 'write' | 'alone';

export interface Situation {
  readonly journalMode: 'wal' | 'rollback';
  readonly need: Need;
  /** The process that has our connection. */
  readonly self: Pid;
}

/** The strongest lock of each process that is in the way. @param nameOf the process in words, with its pid */
export function findPreventers(
  { locks, states }: Look,
  { journalMode, need, self }: Situation,
  nameOf: (pid: Pid) => string,
): Preventer[] {
  const pids = [...new Set(locks.map(({ pid }) => pid))].filter((pid) => pid !== self);
  return pids.flatMap((pid) => {
    const own = locks.filter((lock) => lock.pid === pid);
    const lock = lockInTheWay(own, journalMode, need);
    if (lock === null) return [];
    const process = nameOf(pid);
    const state = states.get(pid);
    const stopped = state === 'T' || state === 't' ? ' It is stopped.' : '';
    const meaning = lock === 'SHARED' && journalMode === 'wal' ? MEANINGS.DMS : MEANINGS[lock];
    return [{ pid, process, lock, summary: `${process} holds ${lock}: ${meaning}.${stopped}` }];
  });
}

type LockInTheWay = 'EXCLUSIVE' | 'PENDING' | 'RESERVED' | 'WRITE' | 'SHARED' | 'DMS';

const MEANINGS = {
  EXCLUSIVE: 'nobody else can use the database',
  PENDING: 'it waits for readers to leave, to commit',
  RESERVED: 'it is in a transaction that writes',
  WRITE: 'it is in a transaction that writes',
  SHARED: 'it is in a transaction that reads',
  DMS: 'it has the database open',
} as const satisfies Record<LockInTheWay, string>;

function lockInTheWay(
  own: readonly LockSighting[],
  journalMode: Situation['journalMode'],
  need: Need,
): LockInTheWay | null {
  const has = (name: string, mode: LockSighting['mode']) =>
    own.some((lock) => lock.mode === mode && lock.names.includes(name));
  if (has('SHARED', 'WRITE')) return 'EXCLUSIVE';
  if (has('PENDING', 'WRITE')) return 'PENDING';
  if (has('RESERVED', 'WRITE')) return 'RESERVED';
  if (has('WRITE', 'WRITE')) return 'WRITE';
  if (journalMode === 'wal' && need === 'write') return null;
  if (has('SHARED', 'READ')) return 'SHARED';
  return has('DMS', 'READ') ? 'DMS' : null;
}
