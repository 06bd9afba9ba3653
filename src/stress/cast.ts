/** From a load to the actors that play it. Pure. */
import type { ActorPlan, ConnectionPlan, Facts, PacePlan, Program, RunPlan, WeightedScript } from './plan.js';
import type { Recast } from './played.js';
import type { LoadSpec, Role } from './shapes.js';

/** Where the load is played, and what its preparation found out. */
export interface Stage {
  readonly path: string;
  readonly facts: Facts;
  readonly scripts: readonly WeightedScript[];
  readonly readSql: string;
  /** For the writer queue. */
  readonly socket: string;
}

/** A checkpointer pauses so long; see `--checkpointers`. */
const CHECKPOINT_EVERY_MS = 100;
/** Readers pause so long: often enough to be in the way, and with time for others. */
const READ_EVERY_MS = 1;
/** Points of the series: fine for short runs, few enough for long ones. */
const FINEST_STEP_MS = 100;
const STEPS = 120;

/** Who plays the transaction that several writers have in common. */
export const SHARED_SESSION = 'shared session';

/** The writer queue and the shared session come last: they take the transactions of special actors too. */
export function castOf(load: LoadSpec, stage: Stage, recast: Recast | null = null): RunPlan {
  const plan = rolesFor(load, stage);
  const cast = recast === null ? plan : recast(plan, stage);
  return throughSession(load.writerQueue ? throughQueue(cast, load, stage) : cast, load, stage);
}

/** Those who share a connection are played on one. */
function throughSession(plan: RunPlan, load: LoadSpec, stage: Stage): RunPlan {
  const socket = `${stage.socket}.session`;
  const shares = ({ connection, program }: ActorPlan) =>
    connection.mode.kind === 'shared' && program.kind === 'transactions';
  if (!plan.actors.some(shares)) return plan;
  const session: ActorPlan = {
    ...common(load, stage, 'queue'),
    ...{ name: SHARED_SESSION, index: plan.actors.length, pace: { kind: 'closed', thinkMs: 0 } },
    program: { kind: 'session', socket },
  };
  const member = (actor: ActorPlan): ActorPlan =>
    shares(actor) && actor.program.kind === 'transactions'
      ? { ...actor, program: { ...actor.program, kind: 'sharing', socket } }
      : actor;
  return { ...plan, actors: [...plan.actors.map(member), session] };
}

function rolesFor(load: LoadSpec, stage: Stage): RunPlan {
  const actors = [
    ...rolesOf('writer', load.writers, (nth) => ({
      program: writerProgram(load, stage),
      pace: paceOf(load),
      startAfterMs: load.writers < 2 ? 0 : (load.rampMs * nth) / (load.writers - 1),
      transactions: load.end.kind === 'transactions' ? load.end.perWriter : null,
    })),
    ...rolesOf('reader', load.readers, () => ({
      program: { kind: 'reads', sql: stage.readSql, forMs: 0 },
      pace: { kind: 'closed', thinkMs: READ_EVERY_MS },
    })),
    ...rolesOf('checkpointer', load.checkpointers, () => ({
      program: { kind: 'checkpoints', mode: 'truncate' },
      pace: { kind: 'closed', thinkMs: CHECKPOINT_EVERY_MS },
    })),
  ];
  return {
    isolation: load.isolation,
    actors: actors.map((part, index) => ({ ...common(load, stage, part.role), ...part, index })),
  };
}

function throughQueue(plan: RunPlan, load: LoadSpec, stage: Stage): RunPlan {
  const { socket } = stage;
  const queue: ActorPlan = {
    ...common(load, stage, 'queue'),
    ...{ name: 'writer queue', index: plan.actors.length, pace: { kind: 'closed', thinkMs: 0 } },
    program: { kind: 'queue', socket },
  };
  const sender = (actor: ActorPlan): ActorPlan =>
    actor.program.kind === 'transactions'
      ? { ...actor, program: { ...actor.program, kind: 'queued', socket } }
      : actor;
  return { ...plan, actors: [...plan.actors.map(sender), queue] };
}

type Part = Pick<ActorPlan, 'program' | 'pace'> & Partial<Pick<ActorPlan, 'startAfterMs' | 'transactions'>>;

function rolesOf(role: Role, count: number, partOf: (nth: number) => Part) {
  return Array.from({ length: count }, (_, nth) => ({
    ...{ role, name: `${role} ${nth + 1}` },
    ...partOf(nth),
  }));
}

function common(
  load: LoadSpec,
  stage: Stage,
  role: Role,
): Omit<ActorPlan, 'program' | 'pace' | 'index' | 'name'> {
  const durationMs = load.end.kind === 'duration' ? load.end.durationMs : null;
  return {
    ...{ role, connection: connectionOf(load, stage, role), startAfterMs: 0, transactions: null },
    // the others end when the writers have
    endAfterMs: role === 'writer' || load.writers === 0 ? durationMs : null,
    seed: load.seed,
    stepMs: Math.max(FINEST_STEP_MS, Math.ceil((durationMs ?? 0) / STEPS)),
  };
}

function connectionOf(load: LoadSpec, { path }: Stage, role: Role): ConnectionPlan {
  const keepsOne = role === 'checkpointer' || role === 'queue';
  return {
    ...{ path, busyTimeoutMs: load.busyTimeoutMs, timeoutSet: 'first', pragmas: load.pragmas },
    mode: keepsOne ? { kind: 'persistent' } : load.connection,
    readOnly: false,
  };
}

function paceOf({ pace, writers }: LoadSpec): PacePlan {
  return pace.kind === 'closed' ? pace : { kind: 'open', perSecond: pace.perSecond / Math.max(1, writers) };
}

function writerProgram(load: LoadSpec, { facts, scripts }: Stage): Program {
  const { begin, batch, holdMs, retry, work } = load;
  if (work.kind === 'scripts') return { kind: 'scripts', scripts, retry };
  const workload = workloadOf(load) ?? 'insert';
  return { kind: 'transactions', workload, facts, begin, batch, holdMs, retry };
}

/** The workload that a load plays; `null`: the user's scripts. */
export function workloadOf({ work }: LoadSpec): string | null {
  switch (work.kind) {
    case 'workload':
      return work.name;
    case 'table':
      return 'table';
    case 'scenario':
      return work.workload;
    case 'scripts':
      return null;
  }
}
