import type { CheckpointMode } from '../../checkpoint/shapes.js';
import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad } from './scenario.js';

const ID = 'checkpoint-stall';
const READ_MS = 500;
const load = {
  writers: 3,
  readers: 2,
  checkpointers: 1,
  begin: 'immediate',
  holdMs: 0,
  pace: { kind: 'closed', thinkMs: 5 },
  end: { kind: 'duration', durationMs: 4000 },
} as const;

function checkpointing(mode: CheckpointMode) {
  const change = (actor: ActorPlan): ActorPlan => {
    const { program } = actor;
    if (program.kind === 'reads') return { ...actor, program: { ...program, forMs: READ_MS } };
    return program.kind === 'checkpoints' ? { ...actor, program: { ...program, mode } } : actor;
  };
  return (plan: RunPlan): RunPlan => ({ ...plan, actors: plan.actors.map(change) });
}

const CURE =
  'PASSIVE, which moves what it can and waits for nobody (the file keeps its size, and is written over); TRUNCATE only when nobody is there, or with a short timeout and a look at its first column.';

export const checkpointStall: Scenario = {
  id: ID,
  title: 'TRUNCATE waits for readers, and keeps the writers out while it waits',
  hypothesis:
    '3 writers write a row each every 5 ms, 2 readers read for 500 ms each, and one process runs PRAGMA wal_checkpoint(TRUNCATE) every 100 ms (in the incident: every 15 minutes), all with a busy timeout of 30 s. Expected: checkpoints of 300 ms and more, because TRUNCATE waits for whoever reads an older snapshot; and writers that wait as long, because it holds the write lock meanwhile.',
  cure: CURE,
  incident: 'an assistant with a task queue: a checkpoint (TRUNCATE) every 15 minutes was proposed',
  asFound: {
    load: scenarioLoad(ID, 'insert', load),
    cast: checkpointing('truncate'),
    expect: ['checkpoint.max>=300ms', 'wait.max>=300ms', 'stalls>0', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', load),
    cast: checkpointing('passive'),
    expect: ['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s', 'checkpoint.max<300ms'],
    breaks: [],
  },
  page: {
    names: ['truncate stalls writers', 'scheduled checkpoint'],
    symptoms:
      'All writers stall together at the minute at which the checkpoint job runs, and go on together. Writers whose timeout is shorter than the longest read fail. Or the job is the one that gives up: it reports no error, and the WAL is as large as before.',
    log: [
      '05:54:35.281 web-1: database is locked (2.006 s)',
      '05:54:37.212 checkpoint: wal_checkpoint(TRUNCATE): 0|0|0 (4.039 s)',
      '05:54:37.215 web-3: saved after 3.940 s',
      '05:54:37.312 web-2: saved after 4.038 s',
    ],
    mechanism:
      'FULL, RESTART and TRUNCATE take the write lock, so that nothing more is appended, and then wait until nobody reads an older state: as long as the busy timeout of their own connection allows. RESTART and TRUNCATE then wait for everybody who reads from the WAL at all. Every writer waits for the write lock meanwhile; readers are not kept out. If the time is over they give up, and say so by 1 in the first column of their answer, not by an error. PASSIVE takes no write lock, moves what nobody needs in the WAL, and waits for nobody.',
    certainty:
      'Ran with Python 3.11, SQLite 3.40.1, beside a read of 4 s: TRUNCATE at a timeout of 30 s took 4,039 ms and held up two writers for as long; a third, at 2 s, failed. At a timeout of 1 s TRUNCATE answered 1|3|2.',
    now: {
      text: 'Checkpoint without waiting for anybody. Where the file must become smaller, give it a short time to wait, at a quiet moment: dblock says what moved and who was in the way.',
      commands: ['dblock checkpoint app.db', 'dblock checkpoint app.db --truncate --wait 200ms'],
    },
    later:
      'Leave it to the automatic checkpoint, or run PASSIVE: the WAL keeps its size and is written over. If it must be TRUNCATE: a busy timeout of its own that writers can bear, a look at the first column, and again later. The cause of a WAL that is too large is a read that does not end, or reads that overlap: end those.',
    related: [
      'CKPT',
      'WRITE',
      'reader-pins-wal',
      'reader-pins-wal scenario',
      'overlapping-readers',
      'wal-oversized',
      'SQLITE_BUSY',
    ],
    sources: [
      'https://www.sqlite.org/pragma.html#pragma_wal_checkpoint',
      'https://www.sqlite.org/c3ref/wal_checkpoint_v2.html',
      'wal.c: sqlite3WalCheckpoint, walCheckpoint',
    ],
  },
};
