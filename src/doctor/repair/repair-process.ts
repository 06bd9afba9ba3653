/** The child process of `dblock fix`: it has the connection, and nothing else; see sqlite/connection-child.ts. */
import { SqliteFailure } from '../../sqlite/failure.js';
import { openForRepair, type RepairConnection } from '../../sqlite/repair-connection.js';
import type { Milliseconds } from '../../units.js';
import type { Answer, Order } from './protocol.js';

serve();

function serve(): void {
  let connection: RepairConnection | null = null;
  process.on('message', async (order: Order) => {
    const startedMs = monotonicMs();
    const answer = await obey(order)
      .then((value): Answer => ({ answer: 'done', durationMs: monotonicMs() - startedMs, value }))
      .catch(failure);
    process.send?.(answer, () => {
      if (order.order === 'close') process.disconnect();
    });
  });
  // The parent is gone. To end normally would close the connection, and that may delete the WAL.
  process.once('disconnect', () => {
    if (connection !== null) process.kill(process.pid, 'SIGKILL');
  });

  /** What there is to say, mostly nothing. */
  async function obey(order: Order): Promise<string> {
    if (order.order === 'open') {
      connection = await openForRepair(order.path, order.busyTimeoutMs);
      return '';
    }
    if (connection === null) throw new SqliteFailure('SQLITE_MISUSE', 'there is no connection');
    switch (order.order) {
      case 'back-up':
        await connection.backUp(order.target);
        return '';
      case 'run':
        connection.run(order.statements, order.busyTimeoutMs);
        return '';
      case 'write':
        connection.write(order.statements, order.busyTimeoutMs);
        return '';
      case 'journal-mode':
        return connection.journalMode(order.mode, order.busyTimeoutMs);
      case 'close':
        connection.close();
        connection = null;
        return '';
    }
  }
}

function failure(error: unknown): Answer {
  const message = error instanceof Error ? error.message : String(error);
  return { answer: 'failure', code: error instanceof SqliteFailure ? error.code : 'ENDED', message };
}

function monotonicMs(): Milliseconds {
  return Number(process.hrtime.bigint()) / 1e6;
}
