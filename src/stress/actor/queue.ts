/** A writer queue: one process has the only connection that writes; the others send it their transactions. */
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';
import type { Program } from '../plan.js';
import type { ErrorTally } from '../protocol.js';
import type { Phase } from '../run-shapes.js';
import { isLockError } from './failure.js';
import type { Backstage, Role, Step } from './role.js';
import { Tally } from './tally.js';
import { type TransactionsPlan, type TransactionsRole, transactionsRole } from './transactions.js';

type Queued = Extract<Program, { kind: 'queued' }>;

interface Hello {
  readonly index: number;
  readonly seed: number;
  readonly program: TransactionsPlan;
}

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
type Ledger = Readonly<Record<string, number>>;

const LOOK_MS: Milliseconds = 20;

/** Serves until the run is over: each client's part is played here, one transaction after the other. */
export function queueRole(socket: string, backstage: Backstage): Role {
  const server = createServer((client) => serve(client, backstage));
  return {
    listens: true,
    warmUp: async () => {
      server.listen(socket);
      await once(server, 'listening');
    },
    step: () => ({ ended: false, pauseMs: LOOK_MS }),
    ledger: () => ({}),
    close: () => void server.close(),
  };
}

function serve(client: Socket, backstage: Backstage): void {
  client.on('error', () => undefined);
  let role: TransactionsRole | null = null;
  let scratch: Tally | null = null;
  createInterface({ input: client }).on('line', (line) => {
    if (role === null || scratch === null) {
      const hello: Hello = JSON.parse(line);
      scratch = new Tally(0, 1000);
      role = transactionsRole(
        { ...hello.program, retry: { kind: 'none' }, beforeMs: 0 },
        standIn(hello, scratch, backstage),
      );
      return;
    }
    client.write(`${JSON.stringify(carryOut(role, scratch))}\n`);
  });
  client.once('close', () => void role?.close());
}

/** The same connection settings; another name, so that the rows are those of the client. */
function standIn({ index, seed }: Hello, tally: Tally, backstage: Backstage): Backstage {
  return { ...backstage, tally, plan: { ...backstage.plan, index, seed } };
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
  let socket: Socket | null = null;
  let lines: Interface | null = null;
  let ledger: Ledger = {};
  let owes = false;
  const connect = async () => {
    socket = createConnection(program.socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    lines = createInterface({ input: socket });
    const hello: Hello = { index: plan.index, seed: plan.seed, program };
    socket.write(`${JSON.stringify(hello)}\n`);
  };
  const ask = async (): Promise<Reply> => {
    if (socket === null || lines === null || socket.destroyed) return GONE;
    const answered = Promise.race([once(lines, 'line'), once(lines, 'close').then(() => [null])]);
    socket.write('next\n');
    const [line] = await answered;
    return typeof line === 'string' ? JSON.parse(line) : GONE;
  };
  const step = async (dueMs: Milliseconds): Promise<Step> => {
    if (program.beforeMs !== undefined) await delay(program.beforeMs);
    let askedMs = performance.now();
    let reply = await ask();
    while (reply.kind === 'looked') {
      const fromMs = performance.now();
      if (reply.pauseMs > 0) await delay(reply.pauseMs);
      // its own time is no wait
      askedMs += performance.now() - fromMs;
      reply = await ask();
    }
    const nowMs = performance.now();
    owes = reply.owes;
    if (reply !== GONE) ledger = reply.ledger;
    if (reply.kind === 'idle') return { ended: true, idle: true, pauseMs: LOOK_MS };
    if (reply.kind === 'done') {
      tally.waited(Math.max(0, nowMs - askedMs - reply.tookMs), nowMs);
      tally.hold.record(reply.tookMs);
      tally.done(dueMs, nowMs, 0, reply.rows);
      return { ended: true, pauseMs: 0 };
    }
    tally.waited(nowMs - askedMs, nowMs);
    const { busyTimeoutMs } = plan.connection;
    const failed = { code: reply.code, phase: reply.phase, elapsedMs: nowMs - askedMs, busyTimeoutMs };
    tally.error({ ...failed, readBefore: false, spentBefore: false }, reply.message);
    tally.gaveUp(dueMs, nowMs, isLockError(reply.code));
    return { ended: true, pauseMs: reply === GONE ? LOOK_MS : 0 };
  };
  return {
    ...{ listens: true, warmUp: connect, step, owes: () => owes, ledger: () => ledger },
    close: () => void socket?.end(),
  };
}

const GONE: Reply = {
  kind: 'failed',
  ledger: {},
  owes: false,
  code: 'DBLOCK_QUEUE_GONE',
  phase: 'queue',
  message: 'the process of the writer queue has ended',
};
