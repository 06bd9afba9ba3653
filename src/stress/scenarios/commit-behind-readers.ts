import type { ActorPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad } from './scenario.js';

const ID = 'commit-behind-readers';

function reading(forMs: number): (plan: RunPlan) => RunPlan {
  const change = (actor: ActorPlan): ActorPlan =>
    actor.program.kind === 'reads' ? { ...actor, program: { ...actor.program, forMs } } : actor;
  return (plan) => ({ ...plan, actors: plan.actors.map(change) });
}

export const commitBehindReaders: Scenario = {
  id: ID,
  title: 'In rollback mode COMMIT waits for every reader, and may give up',
  hypothesis:
    'One writer in journal mode DELETE with a timeout of 200 ms; 2 readers stay in their transactions for 1 s. Expected: commits that time out, because a commit needs the database to itself.',
  cure: 'WAL: readers and the writer are not in each other’s way.',
  incident:
    'an assistant with a task queue: a database in DELETE mode whose connections are held for up to 300 s',
  asFound: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 1, readers: 2, begin: 'immediate', busyTimeoutMs: 200, holdMs: 0 },
      ...{ pragmas: pragmasOf('delete'), end: { kind: 'duration', durationMs: 3000 } },
    }),
    cast: reading(1000),
    expect: ['errors.timed-out>0', 'failure_rate>1%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', {
      ...{ writers: 1, readers: 2, begin: 'immediate', busyTimeoutMs: 200, holdMs: 0 },
      pace: { kind: 'closed', thinkMs: 5 },
    }),
    cast: reading(1000),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['rollback journal contention'],
    symptoms:
      '"database is locked" at COMMIT, after the whole busy timeout, on a database that is not in WAL mode. While the COMMIT waits, new reads fail as well, each after its own timeout. One slow page view or report stops everybody.',
    log: [
      '05:31:33.101 commit: database is locked (2.004 s)',
      '05:31:35.139 GET /settings: database is locked (2.005 s)',
    ],
    mechanism:
      'In rollback mode the changes go into the database file itself, so COMMIT needs the file to itself: it takes PENDING, which lets no new reader in, and waits until the last one has left. A SELECT that is not read to its end is such a reader. If it does not leave within the busy timeout, COMMIT fails; the transaction stays open with PENDING held, so new readers are still kept out until COMMIT is repeated or ROLLBACK is run.',
    certainty:
      'Ran with Python 3.11, SQLite 3.40.1, timeouts of 2 s: COMMIT failed after 2,004 ms, and another process could not read for 2,005 ms; after the reader had left, the same COMMIT succeeded. With better-sqlite3 it is the same.',
    now: {
      text: 'See who reads and who waits; then repeat COMMIT, or ROLLBACK. Do not leave the transaction as it is: it keeps readers out.',
      commands: ['dblock locks app.db', 'dblock fix app.db'],
    },
    later:
      'WAL mode: readers and the writer are not in each other’s way. It is a property of the file and is set once: PRAGMA journal_mode=WAL, or dblock fix, which waits for a moment when nobody uses it. Where WAL is no choice (a network file system), keep reads short and read cursors to their end.',
    related: [
      'commit-waits-for-readers',
      'rollback-journal',
      'PENDING',
      'RESERVED',
      'SHARED',
      'SQLITE_BUSY',
      'mixed-journal',
    ],
    sources: [
      'https://www.sqlite.org/lockingv3.html#writer_starvation',
      'https://www.sqlite.org/wal.html',
      'pager.c: pager_wait_on_lock, sqlite3PagerCommitPhaseOne',
      'os_unix.c: unixLock',
    ],
  },
};
