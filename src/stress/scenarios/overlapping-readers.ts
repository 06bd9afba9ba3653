import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'overlapping-readers';
const READERS = 4;
const READ_MS = 200;
/** As each reader begins when the last one is a part of the way. */
const STAGGER_MS = READ_MS / READERS;
/** About 3 s: fifteen times what one reader takes. */
const load = {
  writers: 1,
  readers: READERS,
  begin: 'immediate',
  holdMs: 0,
  batch: 20,
  pace: { kind: 'closed', thinkMs: 1 },
  end: { kind: 'transactions', perWriter: 2500 },
} as const;

/** One begins after the other, so that there is always somebody who reads. */
function staggered(plan: RunPlan): RunPlan {
  let nth = 0;
  const change = (actor: ActorPlan): ActorPlan => {
    if (actor.program.kind !== 'reads') return actor;
    nth += 1;
    const program = { ...actor.program, forMs: READ_MS };
    return { ...actor, program, startAfterMs: nth * STAGGER_MS };
  };
  return { ...plan, actors: plan.actors.map(change) };
}

const CURE =
  'The reads are short: each ends before the next one begins, so that there are moments without a reader.';

export const overlappingReaders: Scenario = {
  id: ID,
  title: 'No reader is long, but there is always one: the WAL is never used again from its beginning',
  hypothesis:
    'One writer commits 2,500 transactions of 20 rows, one frame or more each, in about 3 s, while 4 readers read for 200 ms each, 50 ms apart, and pause for 1 ms. Checkpoints move nearly everything, again and again, but the WAL can only be begun again at a moment when all of it has been moved and nobody reads from it. Expected: no such moment, and a WAL of more than 2,200 frames (9 MiB), although the automatic checkpoint begins at 1,000 pages (4 MiB) and each read is over after a fifteenth of that time.',
  cure: CURE,
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', load),
    cast: staggered,
    expect: ['wal_peak_frames>2200', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', load),
    expect: ['wal_peak_frames<2200', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['wal never restarts'],
    symptoms:
      'The -wal file grows for hours and becomes smaller only after a restart. No read takes longer than a fraction of a second, and each checkpoint moves nearly everything; yet the file is far beyond the 4 MiB at which checkpoints begin. At a quiet moment it stops by itself.',
    log: [
      '$ ls -lh app.db-wal',
      '-rw-r--r-- 1 root root 106M Nov 21 05:55 app.db-wal',
      "$ sqlite3 app.db 'PRAGMA wal_checkpoint(PASSIVE)'",
      '0|26909|26127',
      "$ sqlite3 app.db 'PRAGMA wal_checkpoint(PASSIVE)'",
      '0|26910|26909',
    ],
    mechanism:
      'A commit appends to the WAL. A checkpoint moves frames into the database up to the oldest mark at which somebody reads. The next writer begins the WAL again from its first frame only if every frame has been moved and nobody reads from the WAL at that moment: nobody holds READ1 to READ4. With readers that overlap one of them always does, and commits that come meanwhile are appended. The frames that were moved stay in the file, and nobody can use their place again. No single read is to blame, and no error is reported.',
    certainty:
      'Ran with SQLite 3.40.1: a writer beside 4 processes that each read for 200 ms, 50 ms apart. After 6 s the WAL had 106 MiB, and all but one frame of 26,910 were in the database; once the readers had stopped, a checkpoint moved the rest. dblock sees it in two samples: moved, and not begun again, and a reader in it both times.',
    now: {
      text: 'See who reads, and how often there is nobody. A TRUNCATE checkpoint waits for a gap, and keeps writers waiting meanwhile.',
      commands: ['dblock doctor app.db', 'dblock locks app.db'],
    },
    later:
      'Make a gap: shorter reads, fewer at once, a pause between two polls. Where reads must overlap, run a RESTART or TRUNCATE checkpoint now and then with a busy timeout that writers can bear, and look at the first column of its answer: 1 means that it gave up.',
    related: [
      'wal-starved',
      'reader-pins-wal',
      'reader-pins-wal scenario',
      'checkpoint-stall',
      'READ1-READ4',
      'READ0',
      'wal-oversized',
    ],
    sources: [
      'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
      'https://www.sqlite.org/walformat.html#wal_locks',
      'wal.c: walRestartLog, walTryBeginRead',
    ],
  },
};
