/** Does one repair through the child process that has the connection, and looks who is in the way meanwhile. */
import { fileURLToPath } from 'node:url';
import type { Look } from '../../checkpoint/blockers.js';
import { type ConnectionChild, startConnectionChild } from '../../sqlite/connection-child.js';
import type { Milliseconds } from '../../units.js';
import type { Need } from './preventers.js';
import type { Answer, Failure, Order } from './protocol.js';
import type { RepairAction } from './shapes.js';

export type Repairer = ConnectionChild<Order, Answer>;

/** Beside this module, as tsc and as scripts/bundle.mjs lay it out. */
const CHILD = fileURLToPath(new URL('./repair-process.js', import.meta.url));

export function startRepairer(signal: AbortSignal): Repairer {
  return startConnectionChild<Order, Answer>(CHILD, signal);
}

/** How the parent looks at the database, to which it has no connection. */
export interface RepairWorld {
  look(): Look;
  /** Why the file must not be touched any more: removed or replaced; `null`: it is still the same. */
  changed(): string | null;
  /** Of the header, as it lies on the disk. */
  journalMode(): 'wal' | 'rollback' | null;
  /** Unix or any other clock in milliseconds. */
  now(): Milliseconds;
  sleep(ms: Milliseconds): Promise<void>;
  /** From 0 to 1. */
  random(): number;
}

export type Applied =
  | { readonly kind: 'done'; readonly durationMs: Milliseconds }
  /** `look`: taken when the wait was over. */
  | { readonly kind: 'prevented'; readonly need: Need; readonly look: Look }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

/** What the connection does; owners, modes and checkpoints are done otherwise. */
export type ConnectionAction = Exclude<RepairAction, { kind: 'permissions' | 'checkpoint' }>;

/** Opens the database, for which it may have to wait. */
export async function openDatabase(
  repairer: Repairer,
  path: string,
  waitMs: Milliseconds,
  world: RepairWorld,
): Promise<Applied> {
  const reason = world.changed();
  if (reason !== null) return { kind: 'failed', code: 'CHANGED', message: reason };
  return settle(await repairer.ask({ order: 'open', path, busyTimeoutMs: waitMs }), 'write', world);
}

/** Rejects only with the reason of the signal. */
export async function applyAction(
  repairer: Repairer,
  action: ConnectionAction,
  waitMs: Milliseconds,
  world: RepairWorld,
): Promise<Applied> {
  const reason = world.changed();
  if (reason !== null) return { kind: 'failed', code: 'CHANGED', message: reason };
  const startedMs = world.now();
  const applied = await work(repairer, action, waitMs, world);
  return applied.kind === 'done' ? { kind: 'done', durationMs: world.now() - startedMs } : applied;
}

async function work(
  repairer: Repairer,
  action: ConnectionAction,
  waitMs: Milliseconds,
  world: RepairWorld,
): Promise<Applied> {
  const run = (...statements: string[]): Order => ({ order: 'run', statements, busyTimeoutMs: waitMs });
  switch (action.kind) {
    case 'roll-back':
      return { kind: 'done', durationMs: 0 }; // it was done when the database was opened
    case 'to-wal':
      return changeMode(repairer, 'wal', waitMs, world);
    case 'to-incremental':
      return inTurn(repairer, [run('PRAGMA auto_vacuum = INCREMENTAL')], world);
    case 'create-indexes':
      return inTurn(
        repairer,
        action.statements.map((sql) => transaction(sql, waitMs)),
        world,
      );
    case 'release-pages':
      return inTurn(repairer, Array(Math.ceil(action.pages / STEP_PAGES)).fill(run(RELEASE)), world);
    case 'vacuum':
      return rebuild(repairer, action, waitMs, world);
  }
}

/** Short enough that nobody notices a step (4 MiB at the usual page size). */
const STEP_PAGES = 1000;
const RELEASE = `PRAGMA incremental_vacuum(${STEP_PAGES})`;
/** After a step those who wait get their turn: SQLite's busy handler looks again after 1, 2, 5 and 10 ms. */
const BETWEEN_STEPS_MS: Milliseconds = 10;

function transaction(sql: string, waitMs: Milliseconds): Order {
  return { order: 'write', statements: ['PRAGMA analysis_limit = 1000', sql], busyTimeoutMs: waitMs };
}

async function inTurn(repairer: Repairer, orders: readonly Order[], world: RepairWorld): Promise<Applied> {
  for (const [index, order] of orders.entries()) {
    if (index > 0) await world.sleep(BETWEEN_STEPS_MS);
    const applied = settle(await repairer.ask(order), 'write', world);
    if (applied.kind !== 'done') return applied;
  }
  return { kind: 'done', durationMs: 0 };
}

/**
 * While SQLite waits for readers to leave it holds PENDING, and new readers wait: so it tries for a short time, and
 * then lets them in again.
 */
const TRY_MS: Milliseconds = 100;
const PAUSE_MS: Milliseconds = 100;

async function changeMode(
  repairer: Repairer,
  mode: 'wal' | 'delete',
  waitMs: Milliseconds,
  world: RepairWorld,
): Promise<Applied> {
  const need = mode === 'wal' ? 'write' : 'alone';
  const untilMs = world.now() + waitMs;
  for (;;) {
    const answer = await repairer.ask({
      order: 'journal-mode',
      mode,
      busyTimeoutMs: Math.min(TRY_MS, waitMs),
    });
    if (answer.answer === 'done') return verifyMode(mode, answer.value, world);
    const applied = settle(answer, need, world);
    if (applied.kind !== 'prevented' || world.now() >= untilMs) return applied;
    await world.sleep(PAUSE_MS * (0.5 + world.random() / 2));
  }
}

/** What SQLite says, and what lies on the disk. */
function verifyMode(mode: 'wal' | 'delete', said: string, world: RepairWorld): Applied {
  const lies = world.journalMode();
  if (said === mode && lies === (mode === 'wal' ? 'wal' : 'rollback')) return { kind: 'done', durationMs: 0 };
  const message = `SQLite says that the journal mode is ${said}, and the header of the file says ${lies ?? 'nothing that could be read'}`;
  return { kind: 'failed', code: 'UNCHANGED', message };
}

async function rebuild(
  repairer: Repairer,
  { pageBytes, autoVacuum, leaveWal }: Extract<RepairAction, { kind: 'vacuum' }>,
  waitMs: Milliseconds,
  world: RepairWorld,
): Promise<Applied> {
  const statements = [
    ...(pageBytes === null ? [] : [`PRAGMA page_size = ${pageBytes}`]),
    ...(autoVacuum === null ? [] : ['PRAGMA auto_vacuum = NONE']),
    'VACUUM',
  ];
  const vacuum: Order = { order: 'run', statements, busyTimeoutMs: waitMs };
  if (pageBytes === null) return inTurn(repairer, [vacuum], world);
  // Kept from the first lock on: nobody comes in between.
  await repairer.ask({
    order: 'run',
    statements: ['PRAGMA locking_mode = EXCLUSIVE'],
    busyTimeoutMs: waitMs,
  });
  const left = leaveWal ? await changeMode(repairer, 'delete', waitMs, world) : null;
  if (left !== null && left.kind !== 'done') return left;
  const rebuilt = settle(await repairer.ask(vacuum), 'write', world);
  const back = leaveWal ? await changeMode(repairer, 'wal', waitMs, world) : null;
  return rebuilt.kind === 'done' && back !== null ? back : rebuilt;
}

/** Others in the way are no failure: what is left to say is who. */
function settle(answer: Answer, need: Need, world: RepairWorld): Applied {
  if (answer.answer === 'done') return { kind: 'done', durationMs: answer.durationMs };
  if (isBusy(answer)) return { kind: 'prevented', need, look: world.look() };
  return { kind: 'failed', code: answer.code, message: world.changed() ?? answer.message };
}

function isBusy({ code }: Failure): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}
