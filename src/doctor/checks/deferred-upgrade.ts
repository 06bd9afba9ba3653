import type { Milliseconds } from '../../units.js';
import { formatDuration } from '../../units.js';
import { defineCheck, facts } from '../check.js';
import { ifDeclared } from '../declared.js';
import { lastSample, lockingMode } from '../questions.js';

interface Facts {
  readonly path: string;
  readonly begin: 'deferred' | 'immediate' | 'exclusive';
  readonly journalMode: 'rollback' | 'wal';
  /** `null`: not declared. */
  readonly busyTimeoutMs: Milliseconds | null;
}

export const deferredUpgrade = defineCheck<Facts>({
  id: 'deferred-upgrade',
  title: 'Transactions that write begin as readers',
  severity: 'warning',
  group: 'connections',
  why: 'BEGIN alone takes no lock. If such a transaction first reads and then writes, SQLite must make a writer of a reader, and there it never waits: when somebody else writes, it fails at once with SQLITE_BUSY, and when somebody else has committed since the read, with SQLITE_BUSY_SNAPSHOT, which no retry of the statement can cure. Both say "database is locked", however long the busy timeout is.',
  sources: [
    'https://www.sqlite.org/lang_transaction.html#immediate',
    'https://www.sqlite.org/rescode.html#busy_snapshot',
    'btree.c: btreeBeginTrans',
  ],
  guide: {
    meaning:
      'The configuration declares that transactions that write begin deferred: BEGIN, or whatever the library does by default.',
    certainty:
      'As sure as the declaration: how other connections begin cannot be seen from outside. It only matters for transactions that read before they write.',
    now: {
      text: 'ROLLBACK and run the whole transaction again, with BEGIN IMMEDIATE.',
      commands: ['BEGIN IMMEDIATE;'],
    },
    later:
      "Begin every transaction that may write with BEGIN IMMEDIATE. better-sqlite3: db.transaction(fn).immediate(). Python: isolation_level='IMMEDIATE'.",
  },
  inspect({ evidence }) {
    return ifDeclared(evidence, 'begin', (begin) =>
      facts({
        path: evidence.path,
        begin,
        journalMode: lockingMode(lastSample(evidence)),
        busyTimeoutMs: evidence.declared.connections?.busyTimeoutMs ?? null,
      }),
    );
  },
  verdict({ begin }) {
    return begin === 'deferred' ? 'warning' : 'clear';
  },
  summary({ path, journalMode, busyTimeoutMs }) {
    const waiting =
      busyTimeoutMs === null || busyTimeoutMs === 0
        ? 'no busy timeout applies'
        : `the busy timeout of ${formatDuration(busyTimeoutMs)} does not apply`;
    const error =
      journalMode === 'wal'
        ? 'SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT'
        : 'SQLITE_BUSY, and keeps the other writer from committing until it ends';
    return `Transactions that write to ${path} are declared to begin deferred. One that reads before it writes meets ${error} at 0 ms: ${waiting} there.`;
  },
  remedy() {
    return {
      text: 'Begin every transaction that may write with BEGIN IMMEDIATE: it waits for the write lock, up to the busy timeout, and after that no statement of it fails on a lock, except in rollback mode COMMIT, which waits for readers. Leave BEGIN to transactions that only read. better-sqlite3: db.transaction(fn).immediate(). Python: isolation_level="IMMEDIATE". Django: "transaction_mode": "IMMEDIATE" in OPTIONS. After SQLITE_BUSY_SNAPSHOT roll back and start again from the read.',
      commands: ['BEGIN IMMEDIATE;'],
    };
  },
});
