/**
 * Works on the arena while no actor does: copies the target, makes our tables, verifies. A process of its own, because SQLite's
 * calls cannot be interrupted, and because whoever reads the target's bytes must not have a connection to it
 * (sqlite-locking.md, "The close() hazard"): either it is copied, and then only the copy is opened, or it is the arena
 * itself, and then it is never read as a file. It ends when the coordinator hangs up.
 */
import { unknown } from '../known.js';
import { lockObserver } from '../locks/platform.js';
import { isWritten } from '../locks/written.js';
import { copyPrivately } from '../sqlite/private-copy.js';
import type { Milliseconds } from '../units.js';
import { roomForArena } from './arena-folder.js';
import { ArenaProblem } from './arena-problem.js';
import type { ArenaAnswer, ArenaOrder } from './arena-protocol.js';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.on('message', async (order: ArenaOrder) => {
  const answer = await carryOut(order).catch(problemFrom);
  process.send?.(answer, () => undefined);
});

function problemFrom(error: unknown): ArenaAnswer {
  const reason = error instanceof Error ? error.message : String(error);
  if (error instanceof ArenaProblem)
    return { answer: 'problem', about: error.about, reason, misnamed: error.misnamed };
  const about = 'database';
  const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
  if (/^ \(SQLITE_BUSY/.test(code))
    return { answer: 'problem', about, reason: `${LOCKED}${code}`, misnamed: null };
  return { answer: 'problem', about, reason: `${reason}${code}`, misnamed: null };
}

const LOCKED = 'it stayed locked for 5 s; dblock locks says by whom';

async function carryOut(order: ArenaOrder): Promise<ArenaAnswer> {
  if (order.order === 'copy') return copy(order);
  // loaded once the copy is there, for that is what everybody waits for
  const database = await import('./arena-database.js');
  return database.carryOut(order, PATIENCE_MS);
}

/** Longer than a transaction takes, and shorter than what people take for a hang. */
const PATIENCE_MS: Milliseconds = 5000;

async function copy({
  source,
  folder,
  platform,
}: Extract<ArenaOrder, { order: 'copy' }>): Promise<ArenaAnswer> {
  const observer = await lockObserver(platform, process.pid);
  const copied = copyPrivately(source, {
    ...{ folder, trustIndex: false, patienceMs: PATIENCE_MS, room: roomForArena },
    isWriting: () => {
      const writing = isWritten(source, observer);
      return writing.known ? writing : unknown(`${UNSEEN}: ${writing.reason}. ${COPY_YOURSELF}`);
    },
  });
  if (!copied.known) throw new ArenaProblem(copied.reason);
  return { answer: 'copied', ...copied.value };
}

const UNSEEN = 'it cannot be copied safely, because it cannot be seen whether somebody writes to it';
const COPY_YOURSELF = 'Copy it while nobody uses it and name the copy, or use --in-place';
