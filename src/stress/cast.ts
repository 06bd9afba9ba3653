/** From a load to the actors that play it. Pure. */
import type { Milliseconds } from '../units.js';
import type { LoadSpec } from './load-shapes.js';
import type { ActorPlan, ConnectionPlan, Facts, PacePlan, Program, RunPlan } from './plan.js';
import type { Recast } from './played.js';
import type { RoleName } from './run-shapes.js';
import type { CheckedScript } from './script/check.js';
import type { Weighed } from './script/mix.js';

/** The name of who plays the transactions of those who share a session. */
export const SHARED_SESSION = 'shared session';

/** Where the load is played, and what its preparation found out. */
export interface Stage {
  readonly path: string;
  readonly facts: Facts;
  readonly scripts: readonly Weighed<CheckedScript>[];
  readonly readSql: string;
  /** Where the writer queue listens; the sockets of others begin with this name. */
  readonly socket: string;
}

/** A checkpointer pauses so long; see `--checkpointers`. */
const CHECKPOINT_EVERY_MS: Milliseconds = 100;
/** Readers pause so long: often enough to be in the way, and with time for others. */
const READ_EVERY_MS: Milliseconds = 1;
/** Points of the series: fine for short runs, few enough for long ones. */
const FINEST_STEP_MS: Milliseconds = 100;
const STEPS = 120;

/** The writer queue and the shared session come last: they take the transactions of special actors too. */
export function castOf(load: LoadSpec, stage: Stage, recast: Recast | null = null): RunPlan {
  const plan = rolesFor(load, stage);
  const cast = recast === null ? plan : recast(plan, stage);
  const queued = load.writerQueue ? carriedOut(cast, writerQueue(stage), load, stage) : cast;
  return queued.actors.some(sharesSession) ? carriedOut(queued, sharedSession(stage), load, stage) : queued;
}

/** An actor that carries out the transactions of others. */
interface Server {
  readonly name: string;
  readonly program: Extract<Program, { kind: 'queue' | 'session' }>;
  /** What those others do then. */
  readonly client: 'queued' | 'sharing';
  serves(actor: ActorPlan): boolean;
}

function writerQueue({ socket }: Stage): Server {
  return {
    ...{ name: 'writer queue', program: { kind: 'queue', socket }, client: 'queued' },
    serves: () => true,
  };
}

function sharedSession({ socket }: Stage): Server {
  return {
    ...{
      name: SHARED_SESSION,
      program: { kind: 'session', socket: `${socket}.session` },
      client: 'sharing',
    },
    serves: sharesSession,
  };
}

/** Those who share a connection are played on one. */
function sharesSession({ connection, program }: ActorPlan): boolean {
  return connection.mode.kind === 'shared' && program.kind === 'transactions';
}

function carriedOut(plan: RunPlan, server: Server, load: LoadSpec, stage: Stage): RunPlan {
  const { name, program, client, serves } = server;
  const last: ActorPlan = {
    ...common(load, stage, 'queue'),
    ...{ name, program, index: plan.actors.length, pace: { kind: 'closed', thinkMs: 0 } },
  };
  const sending = (actor: ActorPlan): ActorPlan =>
    actor.program.kind === 'transactions' && serves(actor)
      ? { ...actor, program: { ...actor.program, kind: client, socket: program.socket } }
      : actor;
  return { ...plan, actors: [...plan.actors.map(sending), last] };
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

type Part = Pick<ActorPlan, 'program' | 'pace'> & Partial<Pick<ActorPlan, 'startAfterMs' | 'transactions'>>;

function rolesOf(role: RoleName, count: number, partOf: (nth: number) => Part) {
  return Array.from({ length: count }, (_, nth) => ({
    ...{ role, name: `${role} ${nth + 1}` },
    ...partOf(nth),
  }));
}

function common(
  load: LoadSpec,
  stage: Stage,
  role: RoleName,
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

function connectionOf(load: LoadSpec, { path }: Stage, role: RoleName): ConnectionPlan {
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
