import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'reader-pins-wal';
const end = { kind: 'transactions', perWriter: 3000 } as const;

/** Begins a read and never ends it. */
function endless(plan: RunPlan): RunPlan {
  const change = (actor: ActorPlan): ActorPlan =>
    actor.program.kind === 'reads' ? { ...actor, program: { ...actor.program, forMs: null } } : actor;
  return { ...plan, actors: plan.actors.map(change) };
}

export const readerPinsWal: Scenario = {
  id: ID,
  title: 'A reader that does not end keeps the WAL from being checkpointed',
  hypothesis:
    'One writer commits 3,000 rows, one frame or more each, while a reader stays in its transaction. The automatic checkpoint begins at 1,000 pages (4 MiB) and can move nothing. Expected: a WAL of more than 2,500 frames (10 MiB).',
  cure: 'Nobody reads for so long (here: nobody at all): the WAL is used again from its beginning.',
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', { writers: 1, readers: 1, begin: 'immediate', holdMs: 0, end }),
    cast: endless,
    expect: ['wal_peak_frames>2500', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', { writers: 1, begin: 'immediate', holdMs: 0, end }),
    expect: ['wal_peak_frames<2000', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['endless reader', 'wal grows'],
    symptoms:
      'No error at all. The -wal file grows to hundreds of megabytes and never becomes smaller, reads get slower, the disk fills up. PRAGMA wal_checkpoint reports success, and nearly all frames are left.',
    log: [
      '$ ls -lh app.db*',
      '-rw-r--r-- 1 root root 4.0K Nov 21 05:25 app.db',
      '-rw-r--r-- 1 root root 480K Nov 21 05:25 app.db-shm',
      '-rw-r--r-- 1 root root 238M Nov 21 05:25 app.db-wal',
      "$ sqlite3 app.db 'PRAGMA wal_checkpoint(PASSIVE)'",
      '0|60551|3',
      "$ sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE)'",
      '1|60551|3',
    ],
    mechanism:
      'A reader sees the database as it was when its transaction began, so no frame that is newer than that may be copied into the database file while it reads. The automatic checkpoint runs at every commit from 1,000 frames on, stops at that mark, and reports no error: a PASSIVE checkpoint answers busy = 0 even where it moved 3 of 60,551 frames. Only TRUNCATE, RESTART and FULL say busy = 1. Often the reader does not read any more: a cursor that nobody closed, a transaction that began with a SELECT, a database browser that is open on some desk.',
    certainty:
      'Ran with SQLite 3.40.1: 40,000 commits beside one open cursor made a WAL of 238 MiB beside a database of 4 KiB. In Python 3.11 the pin outlives conn.close() as long as a cursor with unread rows exists: close the cursor too. dblock reads the mark and the lock from outside and names the process; which cursor it is, only the process knows.',
    now: {
      text: 'See who it is; let that read end, or end the process. Then checkpoint what is left. Never delete the -wal file: it holds the commits.',
      commands: ['dblock locks app.db', 'dblock doctor app.db', 'dblock checkpoint app.db --truncate'],
    },
    later:
      'Read cursors to their end, or close them; fetch what you need and leave the transaction before slow work. Long exports read a copy (VACUUM INTO, or the backup API). Watch the size of the -wal file.',
    related: [
      'reader-pins-wal',
      'READ1-READ4',
      'wal-oversized',
      'wal-starved',
      'overlapping-readers',
      'checkpoint-stall',
    ],
    sources: [
      'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
      'https://www.sqlite.org/pragma.html#pragma_wal_checkpoint',
      'wal.c: walCheckpoint, sqlite3WalCheckpoint',
    ],
  },
};
