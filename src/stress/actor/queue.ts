/** A writer queue: one process has the only connection that writes; the others send it their transactions. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';
import type { Program } from '../plan.js';
import type { ErrorTally, Ledger } from '../protocol.js';
import type { Phase } from '../run-shapes.js';
import { isLockError } from './failure.js';
import type { Backstage, Role, Step } from './role.js';
import { Tally } from './tally.js';
import { type TransactionsRole, transactionsRole } from './transactions.js';
import { type Client, type Hello, LOOK_MS, type Service, servingRole, Wire } from './wire.js';

type Queued = Extract<Program, { kind: 'queued' }>;

type Reply = Answer & {
  readonly ledger: Ledger;
  /** See `Role.owes`. */
  readonly owes: boolean;
};
type Answer =
  | { readonly kind: 'done'; readonly rows: number; readonly tookMs: Milliseconds }
  | { readonly kind: 'idle' }
  /** What it has read before its transaction is by itself: it asks for that next, and others come in between. */
  | { readonly kind: 'looked'; readonly pauseMs: Milliseconds }
  | { readonly kind: 'failed'; readonly code: string; readonly phase: Phase; readonly message: string };
type Ended = Exclude<Reply, { readonly kind: 'looked' }>;

/** Each client's part is played here, one transaction after the other. */
export function queueRole(socket: string, backstage: Backstage): Role {
  return servingRole(socket, (client) => serve(client, backstage));
}

function serve(client: Client, backstage: Backstage): Service {
  let part: { readonly role: TransactionsRole; readonly tally: Tally } | null = null;
  return {
    heard: (line) => {
      if (part === null) part = standIn(JSON.parse(line), backstage);
      else client.say(JSON.stringify(carryOut(part.role, part.tally)));
    },
    left: () => part?.role.close(),
  };
}

/** The same connection settings; another name, so that the rows are those of the client. It waits and retries by itself. */
function standIn({ index, seed, program }: Hello, backstage: Backstage) {
  const tally = new Tally(0, backstage.plan.stepMs);
  const plan = { ...backstage.plan, index, seed };
  const role = transactionsRole({ ...program, retry: { kind: 'none' } }, { ...backstage, tally, plan });
  return { role, tally };
}

function carryOut(role: TransactionsRole, tally: Tally): Reply {
  const lookMs = role.look();
  const answer = lookMs === null ? transact(role, tally) : lookedAnswer(lookMs);
  return { ...answer, ledger: role.ledger(), owes: role.owes?.() === true };
}

function lookedAnswer(lookMs: Milliseconds | 'idle'): Answer {
  return lookMs === 'idle' ? { kind: 'idle' } : { kind: 'looked', pauseMs: lookMs };
}

function transact(role: TransactionsRole, tally: Tally): Answer {
  const before = { committed: tally.committed, rows: tally.rows, holdUs: tally.hold.sumUs };
  void role.step(performance.now());
  return answerFrom(tally, before);
}

function answerFrom(tally: Tally, before: { committed: number; rows: number; holdUs: number }): Answer {
  if (tally.committed > before.committed) {
    const tookMs = (tally.hold.sumUs - before.holdUs) / 1000;
    return { kind: 'done', rows: tally.rows - before.rows, tookMs };
  }
  const last: ErrorTally | undefined = tally.lastError;
  return {
    kind: 'failed',
    code: last?.code ?? 'SQLITE_ERROR',
    phase: last?.phase ?? 'queue',
    message: last?.message ?? '',
  };
}

/** One transaction at a time is under way: as a caller that needs the answer before it goes on. */
export function queuedRole(program: Queued, { plan, tally }: Backstage): Role {
  const wire = new Wire(program.socket);
  let last: Pick<Reply, 'ledger' | 'owes'> = { ledger: {}, owes: false };
  const step = async (dueMs: Milliseconds): Promise<Step> => {
    const { reply, waitedMs } = await transactionBehind(wire);
    last = reply === GONE ? { ledger: last.ledger, owes: false } : reply;
    if (reply.kind === 'idle') return { ended: true, idle: true, pauseMs: LOOK_MS };
    const nowMs = performance.now();
    if (reply.kind === 'done') {
      tally.waited(Math.max(0, waitedMs - reply.tookMs), nowMs);
      tally.hold.record(reply.tookMs);
      tally.done(dueMs, nowMs, 0, reply.rows);
      return { ended: true, pauseMs: 0 };
    }
    tally.waited(waitedMs, nowMs);
    const { busyTimeoutMs } = plan.connection;
    const failed = { code: reply.code, phase: reply.phase, elapsedMs: waitedMs, busyTimeoutMs };
    tally.error(failed, reply.message);
    tally.gaveUp(dueMs, nowMs, isLockError(reply.code));
    return { ended: true, pauseMs: reply === GONE ? LOOK_MS : 0 };
  };
  return {
    ...{ listens: true, step, owes: () => last.owes, ledger: () => last.ledger },
    warmUp: () => wire.connect({ index: plan.index, seed: plan.seed, program }),
    close: () => wire.close(),
  };
}

/** @returns what came of it, and the wait for it: what the client does between its looks is none */
async function transactionBehind(wire: Wire): Promise<{ reply: Ended; waitedMs: Milliseconds }> {
  for (let waitedMs: Milliseconds = 0; ; ) {
    const askedMs = performance.now();
    const line = await wire.ask('next');
    const reply: Reply = line === null ? GONE : JSON.parse(line);
    waitedMs += performance.now() - askedMs;
    if (reply.kind !== 'looked') return { reply, waitedMs };
    if (reply.pauseMs > 0) await delay(reply.pauseMs);
  }
}

const GONE: Ended = {
  kind: 'failed',
  ledger: {},
  owes: false,
  code: 'DBLOCK_QUEUE_GONE',
  phase: 'queue',
  message: 'the process of the writer queue has ended',
};
