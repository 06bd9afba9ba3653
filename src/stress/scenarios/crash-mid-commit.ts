import type { ActorPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad } from './scenario.js';

const ID = 'crash-mid-commit';
const load = {
  writers: 6,
  begin: 'immediate',
  holdMs: 0,
  batch: 1000,
  pace: { kind: 'closed', thinkMs: 20 },
  end: { kind: 'duration', durationMs: 3000 },
} as const;

/** Two kill themselves where it hurts most, two are killed at some moment, two go on. */
function dying(plan: RunPlan): RunPlan {
  const change = (actor: ActorPlan): ActorPlan => {
    const { program, index } = actor;
    if (program.kind !== 'transactions') return actor;
    if (index < 2)
      return { ...actor, program: { ...program, facts: { ...program.facts, diesIn: 5 + index } } };
    // a number that is no multiple of anything here
    return index < 4 ? { ...actor, killAfterMs: 617 * (index - 1) } : actor;
  };
  return { ...plan, actors: plan.actors.map(change) };
}

/** 10 pages: so that a transaction of 30 pages is larger than the cache, as imports and migrations are. */
const SMALL_CACHE = 10;

const CURE =
  'WAL (or a rollback journal on the disk: DELETE, TRUNCATE, PERSIST): what was not committed is ignored, or rolled back by the next one that opens the database, and every COMMIT that had returned is there.';

export const crashMidCommit: Scenario = {
  id: ID,
  title: 'Processes are killed in the middle of transactions, with the rollback journal in memory',
  hypothesis:
    '6 processes change 1,000 rows on 30 pages in each transaction, with journal_mode=MEMORY, which is set because it is faster, and a cache of 10 pages, so that pages are written to the file before the COMMIT. 4 of them are killed with SIGKILL: 2 in the middle of a transaction, 2 at any moment. Expected: their locks are gone with them, and the others go on; but nobody can roll back what they had half written, because the journal was in their memory: a part of a transaction stays, and integrity_check finds nothing wrong.',
  cure: CURE,
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'parts', {
      ...load,
      pragmas: { ...pragmasOf('memory'), cacheSize: SMALL_CACHE },
    }),
    cast: dying,
    expect: ['errors<=0', 'failure_rate<=0%', 'wait.max<5s'],
    breaks: ['nothing-half-written'],
  },
  asCured: {
    load: scenarioLoad(ID, 'parts', { ...load, pragmas: { ...pragmasOf('wal'), cacheSize: SMALL_CACHE } }),
    cast: dying,
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['killed in a transaction', 'journal in memory'],
    symptoms:
      'After kill -9, the out-of-memory killer or a deploy: rows in a combination that no code writes, half of an update, or "database disk image is malformed". Nothing was logged, and integrity_check may say ok.',
    log: [
      "$ sqlite3 bank.db 'SELECT balance, count(*) FROM accounts GROUP BY 1'",
      '100|293',
      '101|707',
      "$ sqlite3 bank.db 'PRAGMA integrity_check'",
      'ok',
    ],
    mechanism:
      'The kernel takes the locks of a process away when it ends, however it ends: no lock stays, and there is no lock file to remove. What the process had not committed is undone by whoever comes next: in rollback mode from the -journal file, which has the pages as they were; in WAL mode because frames without a commit frame after them are never read. With journal_mode=MEMORY or OFF there is no such file. Pages that were written to the database before the end of the COMMIT, because the cache was full or in the middle of the COMMIT itself, stay as they are. Whoever deletes a -journal or a -wal by hand after a crash does the same to the other modes.',
    certainty:
      'Ran with SQLite 3.40.1: one UPDATE of 1,000 rows with a cache of 10 pages, and SIGKILL before COMMIT. With MEMORY and with OFF 707 rows were changed and 293 were not, and integrity_check said ok; with DELETE and with WAL none was changed.',
    now: {
      text: 'Look at every page, and compare the rows with what must be true of them: no check of SQLite knows that. Never delete a -journal or a -wal by hand.',
      commands: ['dblock doctor app.db --deep'],
    },
    later:
      'WAL mode with synchronous=NORMAL is fast enough for nearly everybody, and safe against a kill and a power failure. MEMORY and OFF are for databases that can be made anew.',
    related: [
      'SQLITE_CORRUPT',
      'SQLITE_BUSY_RECOVERY',
      'hot-journal',
      'leftover-wal',
      'integrity',
      'synchronous-off',
    ],
    sources: [
      'https://www.sqlite.org/pragma.html#pragma_journal_mode',
      'https://www.sqlite.org/howtocorrupt.html#_deleting_a_hot_journal',
      'https://www.sqlite.org/atomiccommit.html',
      'pager.c: hasHotJournal',
      'wal.c: walIndexRecover',
    ],
  },
};
