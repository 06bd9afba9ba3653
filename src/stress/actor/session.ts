/**
 * A session that several workers share, as asyncio tasks do that use the connection of their thread: one connection, and one transaction, which
 * begins with the first of them and is committed when the last one is done. Who commits while others are at work commits nothing yet.
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
import type { Backstage, Role, Step } from './role.js';
import { enter, type Watch } from './watch.js';
import { type Client, type Hello, type Service, servingRole, Wire } from './wire.js';

type Sharing = Extract<Program, { kind: 'sharing' }>;

type Answer =
  | { readonly kind: 'done'; readonly rows: number; readonly ledger: Ledger }
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
      else client.say(JSON.stringify(line === 'write' ? session.write(member) : session.commit(member)));
    },
    left: () => {
      if (member?.isInside) session.commit(member);
    },
  };
}

interface Member {
  readonly program: WorkloadPlan;
  readonly part: Part;
  turn: Turn | null;
  isInside: boolean;
}

class Session {
  readonly #watch: Watch = { phase: 'open', since: 0 };
  #database: Database | null = null;
  /** Members whose work is not done. */
  #inside = 0;

  constructor(readonly backstage: Backstage) {}

  join({ index, seed, program }: Hello): Member {
    const { workload, batch, facts, begin } = program;
    const part = workloadNamed(workload).join({
      ...{ index, batch, facts, companion: null, together: begin === 'autocommit' ? 1 : batch },
      random: createRandom(seed, index),
    });
    return { program, part, turn: null, isInside: false };
  }

  write(member: Member): Answer {
    return this.#try(member, () => {
      const database = this.#open();
      const turn = member.turn ?? member.part.prepare(database);
      member.turn = turn;
      const { begin } = member.program;
      if (this.#inside === 0 && begin !== 'autocommit') {
        enter(this.#watch, 'begin');
        database.exec(`BEGIN ${begin}`);
      }
      if (turn.read !== null) {
        enter(this.#watch, 'read');
        turn.read();
      }
      enter(this.#watch, 'write');
      for (let nth = 0; nth < member.program.batch; nth += 1) turn.write(nth);
      member.isInside = true;
      this.#inside += 1;
      return 0;
    });
  }

  commit(member: Member): Answer {
    return this.#try(member, () => {
      member.isInside = false;
      this.#inside -= 1;
      enter(this.#watch, 'commit');
      if (this.#inside === 0 && this.#database?.inTransaction) this.#database.exec('COMMIT');
      return member.part.committed(member.program.batch);
    });
  }

  close(): void {
    this.#database?.close();
  }

  #open(): Database {
    const { open, plan } = this.backstage;
    this.#database ??= openConnection({ open, plan: plan.connection, watch: this.#watch });
    return this.#database;
  }

  #try(member: Member, work: () => number): Answer {
    try {
      return { kind: 'done', rows: work(), ledger: member.part.ledger() };
    } catch (error) {
      const { phase, since } = this.#watch;
      const elapsedMs = performance.now() - since;
      // What others have written in it stays, and they do not hear of this.
      if (this.#inside === 0 && this.#database?.inTransaction) this.#database.exec('ROLLBACK');
      return { kind: 'failed', ...failureOf(error), phase, elapsedMs };
    }
  }
}

/** A member of it: writes, works, and says that it is done. */
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
    const askedMs = performance.now();
    const written = await request(wire, 'write');
    const gainedMs = performance.now();
    tally.waited(gainedMs - askedMs, gainedMs);
    if (written.kind === 'failed') return failed(written, dueMs);
    await delay(program.holdMs);
    const committed = await request(wire, 'commit');
    if (committed.kind === 'failed') return failed(committed, dueMs);
    const endedMs = performance.now();
    tally.hold.record(endedMs - gainedMs);
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

async function request(wire: Wire, what: 'write' | 'commit'): Promise<Answer> {
  const answer = await wire.ask(what);
  if (answer === null) throw new Error('the session is gone');
  return JSON.parse(answer);
}
