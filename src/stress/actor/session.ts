/**
 * A session that several workers share, as asyncio tasks and threads do that use one of SQLAlchemy's: one connection, and one unit of
 * work. What a worker adds waits in it until somebody commits, and that commits what all have added. If it fails it is rolled back,
 * and what all have added is gone: the others hear nothing of it, and their commit, of nothing, succeeds. (Ran with SQLAlchemy 1.4.46
 * and 2.1.1: Session.rollback() expunges what is pending, whoever has added it.)
 */

import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { Milliseconds } from '../../units.js';
import type { Program, WorkloadPlan } from '../plan.js';
import type { Ledger } from '../protocol.js';
import { createRandom } from '../random.js';
import type { Phase } from '../run-shapes.js';
import { workloadNamed } from '../workloads/index.js';
import type { Part, Turn } from '../workloads/workload.js';
import { openConnection } from './connections.js';
import { failureOf, isLockError } from './failure.js';
import { partOf } from './part.js';
import type { Backstage, Role, Step } from './role.js';
import { enter, type Watch } from './watch.js';
import { type Client, type Hello, type Service, servingRole, Wire } from './wire.js';

type Sharing = Extract<Program, { kind: 'sharing' }>;

type Answer =
  | { readonly kind: 'done'; readonly rows: number; readonly ledger: Ledger; readonly heldMs: Milliseconds }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly phase: Phase;
      readonly message: string;
      readonly elapsedMs: Milliseconds;
    };

export function sessionRole(socket: string, backstage: Backstage): Role {
  const session = new Session(backstage);
  return servingRole(
    socket,
    (client) => serve(client, session),
    () => session.close(),
  );
}

function serve(client: Client, session: Session): Service {
  let member: Member | null = null;
  return {
    heard: (line) => {
      if (member === null) member = session.join(JSON.parse(line));
      else client.say(JSON.stringify(line === 'add' ? session.add(member) : session.commit(member)));
    },
    // What it has added stays, for others to commit.
    left: () => undefined,
  };
}

interface Member {
  readonly program: WorkloadPlan;
  readonly part: Part;
  turn: Turn | null;
}

class Session {
  readonly #watch: Watch = { phase: 'open', since: 0 };
  #database: Database | null = null;
  /** Whose rows wait for the next commit, of whomever. */
  readonly #pending = new Set<Member>();

  constructor(readonly backstage: Backstage) {}

  join({ index, seed, program }: Hello): Member {
    const part = partOf(program, { index, random: createRandom(seed, index), companion: null });
    return { program, part, turn: null };
  }

  /** A SELECT is sent at once, and begins the transaction. */
  add(member: Member): Answer {
    return this.#try(member, () => {
      const database = this.#open();
      const turn = member.turn ?? member.part.prepare(database);
      member.turn = turn;
      if (turn.read !== null) {
        this.#begin(database, member);
        enter(this.#watch, 'read');
        turn.read();
      }
      this.#pending.add(member);
      return { rows: 0, heldMs: 0 };
    });
  }

  /** Writes what all have added. */
  commit(member: Member): Answer {
    return this.#try(member, () => {
      const database = this.#open();
      let gainedMs: Milliseconds | null = null;
      for (const other of this.#pending) {
        this.#begin(database, other);
        enter(this.#watch, 'write');
        for (let nth = 0; nth < other.program.batch; nth += 1) {
          other.turn?.write(nth);
          gainedMs ??= performance.now();
        }
      }
      enter(this.#watch, 'commit');
      if (database.inTransaction) database.exec('COMMIT');
      this.#pending.clear();
      const heldMs = gainedMs === null ? 0 : performance.now() - gainedMs;
      return { rows: member.part.committed(member.program.batch), heldMs };
    });
  }

  #begin(database: Database, { program: { begin } }: Member): void {
    if (database.inTransaction || begin === 'autocommit') return;
    enter(this.#watch, 'begin');
    database.exec(`BEGIN ${begin}`);
  }

  close(): void {
    this.#database?.close();
  }

  #open(): Database {
    const { open, plan } = this.backstage;
    this.#database ??= openConnection({ open, plan: plan.connection, watch: this.#watch });
    return this.#database;
  }

  #try(member: Member, work: () => { rows: number; heldMs: Milliseconds }): Answer {
    try {
      return { kind: 'done', ...work(), ledger: member.part.ledger() };
    } catch (error) {
      const { phase, since } = this.#watch;
      const elapsedMs = performance.now() - since;
      if (this.#database?.inTransaction) this.#database.exec('ROLLBACK');
      // Also what others have added, who do not hear of this.
      this.#pending.clear();
      return { kind: 'failed', ...failureOf(error), phase, elapsedMs };
    }
  }
}

/** A member of it: adds its rows, works, and commits. */
export function sharingRole(program: Sharing, { plan, tally }: Backstage): Role {
  const wire = new Wire(program.socket);
  let ledger: Ledger = {};
  const failed = (
    { code, phase, message, elapsedMs }: Extract<Answer, { kind: 'failed' }>,
    dueMs: Milliseconds,
  ) => {
    const { busyTimeoutMs } = plan.connection;
    const readBefore = program.begin === 'deferred' && workloadNamed(program.workload).readsFirst;
    tally.error({ code, phase, elapsedMs, busyTimeoutMs, readBefore }, message);
    tally.gaveUp(dueMs, performance.now(), isLockError(code));
    return { ended: true, pauseMs: 0 };
  };
  const step = async (dueMs: Milliseconds): Promise<Step> => {
    const added = await request(wire, 'add');
    if (added.kind === 'failed') return failed(added, dueMs);
    await delay(program.holdMs);
    const askedMs = performance.now();
    const committed = await request(wire, 'commit');
    const endedMs = performance.now();
    const heldMs = committed.kind === 'done' ? committed.heldMs : 0;
    tally.waited(endedMs - askedMs - heldMs, endedMs);
    if (committed.kind === 'failed') return failed(committed, dueMs);
    if (heldMs > 0) tally.hold.record(heldMs);
    ledger = committed.ledger;
    tally.done(dueMs, endedMs, 0, committed.rows);
    return { ended: true, pauseMs: 0 };
  };
  return {
    ...{ listens: true, step, ledger: () => ledger },
    warmUp: () => wire.connect({ index: plan.index, seed: plan.seed, program }),
    close: () => wire.close(),
  };
}

async function request(wire: Wire, what: 'add' | 'commit'): Promise<Answer> {
  const answer = await wire.ask(what);
  if (answer === null) throw new Error('the session is gone');
  return JSON.parse(answer);
}
