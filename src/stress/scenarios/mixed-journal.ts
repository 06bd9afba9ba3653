import type { ActorPlan, ConnectionPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad, unset, withActor } from './scenario.js';

const ID = 'mixed-journal';
/** A three-thousandth of the incident's 300 s. */
const WORK_MS = 100;
const WEB_PACE = { kind: 'closed', thinkMs: 20 } as const;
const load = {
  readers: 1,
  pace: { kind: 'closed', thinkMs: 150 },
  end: { kind: 'duration', durationMs: 6000 },
} as const;

interface Style {
  /** Of a connection whose transaction failed: at least so long, and until its worker goes on. */
  readonly leaksForMs?: number;
  /** Inside of the transaction that adds tasks to the queue. */
  readonly enqueueMs: number;
  /** Work of a task, while its transaction is open, or before. */
  readonly insideMs: number;
  readonly beforeMs: number;
}

/** Everybody has the queue's database too, and the web server's processes stand beside the task workers. */
function playing({ leaksForMs, enqueueMs, insideMs, beforeMs }: Style) {
  const change = (actor: ActorPlan): ActorPlan => {
    const { program } = actor;
    const connection = unset(actor.connection);
    if (program.kind === 'reads') return { ...actor, connection, pace: WEB_PACE };
    if (program.kind !== 'transactions') return actor;
    return {
      ...actor,
      connection: leaksForMs === undefined ? connection : { ...connection, leaksForMs },
      companion: queueOf(connection, String(program.facts['companion'])),
      program: { ...program, holdMs: insideMs, beforeMs },
    };
  };
  const serving = (worker: ActorPlan): ActorPlan => {
    if (worker.program.kind !== 'transactions') return worker;
    const { program } = worker;
    const facts = { ...program.facts, part: 'web server', enqueueMs };
    const { leaksForMs: _, ...connection } = worker.connection;
    return { ...worker, pace: WEB_PACE, connection, program: { ...program, facts, holdMs: 0, beforeMs: 0 } };
  };
  return (plan: RunPlan): RunPlan =>
    ['web server 1', 'web server 2'].reduce<RunPlan>((cast, name) => withActor(cast, name, serving), {
      ...plan,
      actors: plan.actors.map(change),
    });
}

/** As found its timeout is that of the other one, too: what was configured never became PRAGMA busy_timeout. */
function queueOf(connection: ConnectionPlan, path: string): ConnectionPlan {
  const { leaksForMs: _, ...same } = connection;
  const pragmas = pragmasOf('wal', connection.pragmas.synchronous);
  return { ...same, path, mode: { kind: 'persistent' }, pragmas };
}

const CURE =
  'WAL, synchronous=NORMAL and a busy timeout of 30 s on every connection to both databases, BEGIN IMMEDIATE, the work of a task before its transaction, and connections that are closed on errors too.';

export const mixedJournal: Scenario = {
  id: ID,
  title:
    'Two databases in one task: one in DELETE mode, none with a timeout, and errors leave connections open',
  hypothesis:
    '2 processes of a web server and 4 task workers share a system database in DELETE mode without a busy timeout; tasks come from a queue database in WAL mode, whose timeout was configured and never reached busy_timeout. A task reads, writes a row, and works for 100 ms (in the incident up to 300 s) before it commits; where it fails its connection is left open, with whatever it had locked, until its worker takes the next task, 150 ms later. The web server adds 5 tasks in a transaction of 20 ms, writes a row, and pauses for 20 ms. Expected: most writes fail at once, in both databases; the connection of a task that failed keeps others from committing; and the two databases no longer agree, because how a task ended could not be written to the queue.',
  cure: CURE,
  incident:
    'an assistant with a task queue: the system database in DELETE mode with busy_timeout = 0, connections held for up to 300 s and not closed on errors, the queue (Huey) in WAL mode',
  asFound: {
    load: scenarioLoad(ID, 'two-databases', {
      ...load,
      ...{ busyTimeoutMs: 0, holdMs: WORK_MS, connection: { kind: 'per-operation' } },
      pragmas: pragmasOf('delete', 'full'),
    }),
    cast: playing({ leaksForMs: 0, enqueueMs: 20, insideMs: WORK_MS, beforeMs: 0 }),
    expect: ['errors.instant>0', 'errors.timed-out<=0', 'failure_rate>50%'],
    breaks: ['tasks-agree'],
  },
  asCured: {
    load: scenarioLoad(ID, 'two-databases', {
      ...{ ...load, begin: 'immediate', holdMs: 0 },
      pragmas: pragmasOf('wal', 'normal'),
    }),
    cast: playing({ enqueueMs: 0, insideMs: 0, beforeMs: WORK_MS }),
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: ['two databases', 'wal for one database only'],
    symptoms:
      'One application, two databases. WAL and a timeout were set, and "database is locked" comes at once all the same: from pages that only save a setting, and from the task queue, whose tasks stay running though their result is there. It gets worse while long tasks run, and an error makes the next ones likelier.',
    log: [
      '06:13:10.789 worker-2: task 2, system.db: database is locked (0.001 s)',
      '06:13:10.791 web: POST /settings: database is locked (0.001 s)',
      '06:13:10.791 worker-3: task 3, queue.db: database is locked (0.000 s)',
      "$ sqlite3 system.db 'PRAGMA journal_mode'",
      'delete',
      "$ sqlite3 queue.db 'PRAGMA journal_mode'",
      'wal',
    ],
    mechanism:
      'The journal mode belongs to a file, the busy timeout to a connection: what was set for one database, or on one connection, says nothing of the others. In DELETE mode a task that has written and not yet committed keeps all other writers out, and its COMMIT needs all readers gone; at a timeout of 0 nobody waits for it. The queue is in WAL mode, but its timeout was given to a library that does not hand it to SQLite: PRAGMA busy_timeout says 0 there. An error path that does not close its connection leaves its transaction open, and its locks with it, until the object is collected. And the two databases have no transaction in common: where the second write fails, the first one stays.',
    certainty:
      'Ran with Python 3.11, SQLite 3.40.1: 4 workers that hold a transaction for 300 ms and a web server, both databases at a timeout of 0: every error came within 10 ms, and of 12 tasks 6 were recorded as done. That a setting of the queue never reaches busy_timeout is from the incident; what a connection of yours has, only that connection can say.',
    now: {
      text: 'Ask both databases, and the connections that fail: PRAGMA journal_mode, PRAGMA busy_timeout. While it happens, see who holds a lock, and for how long.',
      commands: ['dblock doctor system.db queue.db', 'dblock locks system.db queue.db'],
    },
    later:
      'One function that opens connections, for every database: the timeout first, then WAL, then the rest; look once at what PRAGMA busy_timeout answers. Close connections on errors too (try … finally, contextlib.closing: in Python "with connection" commits or rolls back, and does not close). Work first, then a short transaction. Write to the queue last, and let a task be done twice without harm: two databases cannot commit together.',
    related: [
      'mixed-journal-modes',
      'rollback-journal',
      'busy-timeout-missing',
      'timeout-not-set',
      'commit-behind-readers',
      'SQLITE_BUSY',
      'orphaned-jobs',
    ],
    sources: [
      'https://www.sqlite.org/pragma.html#pragma_journal_mode',
      'https://www.sqlite.org/c3ref/busy_timeout.html',
      'https://www.sqlite.org/lockingv3.html',
      'https://docs.python.org/3/library/sqlite3.html',
      'pager.c: sqlite3PagerCommitPhaseOne',
    ],
  },
};
