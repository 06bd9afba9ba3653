import type { ActorPlan, ConnectionPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad, withActor } from './scenario.js';

const ID = 'mixed-journal';
/** A three-thousandth of the incident's 300 s. */
const WORK_MS = 100;
const WEB_PACE = { kind: 'closed', thinkMs: 20 } as const;
const load = {
  readers: 1,
  pace: { kind: 'closed', thinkMs: 150 },
  end: { kind: 'duration', durationMs: 5000 },
} as const;

interface Style {
  /** Of a connection whose transaction failed. */
  readonly leaksForMs?: number;
  /** Inside of the transaction that adds tasks to the queue. */
  readonly enqueueMs: number;
  /** Work of a task, while its transaction is open, or before. */
  readonly insideMs: number;
  readonly beforeMs: number;
}

/** Everybody has the queue's database too, and the web server stands beside the task workers. */
function playing({ leaksForMs, enqueueMs, insideMs, beforeMs }: Style) {
  const change = (actor: ActorPlan): ActorPlan => {
    const { program } = actor;
    const connection = leaksForMs === undefined ? actor.connection : bare(actor.connection);
    if (program.kind === 'reads') return { ...actor, connection, pace: WEB_PACE };
    if (program.kind !== 'transactions') return actor;
    return {
      ...actor,
      connection: leaksForMs === undefined ? connection : { ...connection, leaksForMs },
      companion: queueOf(connection, String(program.facts['companion'])),
      program: { ...program, holdMs: insideMs, beforeMs },
    };
  };
  return (plan: RunPlan): RunPlan =>
    withActor({ ...plan, actors: plan.actors.map(change) }, 'web server', (worker) => {
      if (worker.program.kind !== 'transactions') return worker;
      const { program } = worker;
      const facts = { ...program.facts, part: 'web server', enqueueMs };
      const { leaksForMs: _, ...connection } = worker.connection;
      return {
        ...worker,
        pace: WEB_PACE,
        connection,
        program: { ...program, facts, holdMs: 0, beforeMs: 0 },
      };
    });
}

/** It sets nothing when it is opened: the mode is that of the file. */
function bare(connection: ConnectionPlan): ConnectionPlan {
  return { ...connection, pragmas: { ...connection.pragmas, journalMode: null, synchronous: null } };
}

/** As found its timeout is that of the other one, too: what was configured never became PRAGMA busy_timeout. */
function queueOf(connection: ConnectionPlan, path: string): ConnectionPlan {
  const { leaksForMs: _, ...same } = connection;
  return { ...same, path, mode: { kind: 'persistent' }, pragmas: { ...pragmasOf('wal') } };
}

const CURE =
  'WAL and a busy timeout of 30 s on every connection to both databases, BEGIN IMMEDIATE, the work of a task before its transaction, and connections that are closed on errors too.';

export const mixedJournal: Scenario = {
  id: ID,
  title:
    'Two databases in one task: one in DELETE mode, none with a timeout, and errors leave connections open',
  hypothesis:
    'A web server and 4 task workers share a system database in DELETE mode without a busy timeout; tasks come from a queue database in WAL mode, whose timeout was configured and never reached busy_timeout. A task reads, writes a row, and works for 100 ms (in the incident up to 300 s) before it commits; where it fails its connection is left open for 60 ms, with whatever it had locked. The web server adds 5 tasks in a transaction of 20 ms, writes a row, and pauses for 20 ms. Expected: most writes fail at once, in both databases; the connection of a task that failed keeps others from committing; and the two databases no longer agree, because how a task ended could not be written to the queue.',
  cure: CURE,
  incident:
    'an assistant with a task queue: the system database in DELETE mode with busy_timeout = 0, connections held for up to 300 s and not closed on errors, the queue (Huey) in WAL mode',
  asFound: {
    load: scenarioLoad(ID, 'two-databases', {
      ...load,
      ...{ busyTimeoutMs: 0, holdMs: WORK_MS, connection: { kind: 'per-operation' } },
      pragmas: pragmasOf('delete'),
    }),
    cast: playing({ leaksForMs: 60, enqueueMs: 20, insideMs: WORK_MS, beforeMs: 0 }),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>10%'],
    breaks: ['tasks-agree'],
  },
  asCured: {
    load: scenarioLoad(ID, 'two-databases', { ...load, begin: 'immediate', holdMs: 0 }),
    cast: playing({ enqueueMs: 0, insideMs: 0, beforeMs: WORK_MS }),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: [],
    symptoms: '',
    log: [],
    mechanism: '',
    certainty: 'Ran as the scenario.',
    now: { text: 'See who holds which lock, in both databases.', commands: ['dblock locks app.db'] },
    later: CURE,
    related: [],
    sources: [],
  },
};
