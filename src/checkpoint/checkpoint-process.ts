/**
 * The child process of `dblock checkpoint`: it has the connection, and nothing else. A process of its own because
 * SQLite waits and copies in a synchronous call, during which somebody has to look who is in the way; and because
 * whoever has opened the database as a file must not have a connection to it (sqlite-locking.md, "The close() hazard").
 */
import { type CheckpointConnection, openForCheckpoint } from '../sqlite/checkpoint-connection.js';
import { SqliteFailure } from '../sqlite/failure.js';
import type { Answer, Order } from './protocol.js';
import { monotonicMs } from './write-lock.js';

serve();

function serve(): void {
  let connection: CheckpointConnection | null = null;
  process.on('message', async (order: Order) => {
    const answer = await obey(order).catch(failure);
    process.send?.(answer, () => {
      if (order.order === 'close') process.disconnect();
    });
  });
  // The parent is gone. To end normally would close the connection, and that may delete the WAL.
  process.once('disconnect', () => {
    if (connection !== null) process.kill(process.pid, 'SIGKILL');
  });

  async function obey(order: Order): Promise<Answer> {
    if (order.order === 'open') {
      connection = await openForCheckpoint(order.path, order.busyTimeoutMs);
      return { answer: 'done' };
    }
    if (connection === null) throw new SqliteFailure('SQLITE_MISUSE', 'there is no connection');
    if (order.order === 'checkpoint') return runCheckpoint(connection, order);
    connection.close();
    connection = null;
    return { answer: 'done' };
  }
}

function runCheckpoint(
  connection: CheckpointConnection,
  { mode, busyTimeoutMs }: Extract<Order, { order: 'checkpoint' }>,
): Answer {
  connection.setBusyTimeout(busyTimeoutMs);
  const startedMs = monotonicMs();
  const row = connection.checkpoint(mode);
  return { answer: 'row', row, startedMs, endedMs: monotonicMs() };
}

function failure(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  return { answer: 'failure', code: error instanceof SqliteFailure ? error.code : 'ENDED', message };
}
