import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'overlapping-readers';
const READERS = 4;
const READ_MS = 200;
/** As each reader begins when the last one is a part of the way. */
const STAGGER_MS = READ_MS / READERS;
/** About 2 s: ten times what one reader takes. */
const load = {
  writers: 1,
  readers: READERS,
  begin: 'immediate',
  holdMs: 0,
  batch: 40,
  pace: { kind: 'closed', thinkMs: 1 },
  end: { kind: 'transactions', perWriter: 1500 },
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
    'One writer commits 1,500 transactions of 40 rows, two frames or more each, in about 2 s, while 4 readers read for 200 ms each, 50 ms apart, and pause for 1 ms. Checkpoints move nearly everything, again and again, but the WAL can only be begun again at a moment when all of it has been moved and nobody reads from it. Expected: no such moment, and a WAL of more than 10 MiB, although the automatic checkpoint begins at 1,000 pages (4 MiB) and each read is over after a tenth of that time.',
  cure: CURE,
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', load),
    cast: staggered,
    expect: ['wal_peak>10MiB', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', load),
    expect: ['wal_peak<8MiB', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: [],
    symptoms:
      'The -wal file grows for hours, and shrinks only after a restart. PRAGMA wal_checkpoint(PASSIVE) answers 0|131072|131060: nearly all frames are moved, and never all. No transaction in the log is longer than a second.',
    log: [],
    mechanism:
      'A commit appends to the WAL. A checkpoint moves frames into the database up to the oldest snapshot that somebody still reads. The next writer begins the WAL again from its first frame only if a checkpoint has moved every frame and no reader uses the WAL at that moment (walRestartLog in wal.c). With readers that overlap, one of them always holds a snapshot that is not the newest, so the last frames stay unmoved, and each commit adds more. The file itself never shrinks by itself: it is only written over.',
    certainty: 'Ran as the scenario.',
    now: {
      text: 'See who reads, and from which frame.',
      commands: ['dblock locks app.db', 'dblock checkpoint app.db'],
    },
    later: CURE,
    related: ['reader-pins-wal', 'checkpoint-stall', 'READ', 'SQLITE_BUSY_SNAPSHOT'],
    sources: ['https://sqlite.org/wal.html#avoiding_excessively_large_wal_files', 'wal.c: walRestartLog'],
  },
};
