import type { ActorPlan, CheckpointMode, RunPlan } from '../plan.js';
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
    '3 writers write a row each every 5 ms, 2 readers read for 500 ms each, and one process runs PRAGMA wal_checkpoint(TRUNCATE) every 100 ms (in the incident: every 15 minutes), all with a busy timeout of 30 s. Expected: checkpoints of 200 ms and more, because TRUNCATE waits for whoever reads an older snapshot; and writers that wait as long, because it holds the write lock meanwhile.',
  cure: CURE,
  incident: 'an assistant with a task queue: a checkpoint (TRUNCATE) every 15 minutes was proposed',
  asFound: {
    load: scenarioLoad(ID, 'insert', load),
    cast: checkpointing('truncate'),
    expect: ['checkpoint.max>=200ms', 'wait.max>=200ms', 'stalls>0', 'failure_rate<=0%'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', load),
    cast: checkpointing('passive'),
    expect: ['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s', 'checkpoint.max<200ms', 'checkpoint.busy<=0'],
    breaks: [],
  },
  page: {
    names: [],
    symptoms:
      'All writes stall together, at the minute at which the checkpoint job runs, and go on together. database is locked, in processes whose timeout is shorter than the longest read. PRAGMA wal_checkpoint(TRUNCATE) answers 1|…|…: busy, and the WAL is as large as before.',
    log: [],
    mechanism:
      'FULL, RESTART and TRUNCATE take the write lock, so that nothing is appended, and then wait until everybody reads the newest state: for as long as the busy timeout of the connection that runs the checkpoint allows. RESTART and TRUNCATE then wait for all who read from the WAL at all. Every writer waits for the write lock meanwhile. Readers are not kept out. PASSIVE takes no write lock, moves the frames that nobody needs in the WAL, and leaves the others. The checkpoint reports that it gave up not by an error but by 1 in the first column of its row.',
    certainty: 'Ran as the scenario.',
    now: { text: 'Checkpoint without waiting for anybody.', commands: ['dblock checkpoint app.db'] },
    later: CURE,
    related: ['overlapping-readers', 'reader-pins-wal', 'CKPT', 'WRITE'],
    sources: ['https://sqlite.org/pragma.html#pragma_wal_checkpoint', 'wal.c: sqlite3WalCheckpoint'],
  },
};
