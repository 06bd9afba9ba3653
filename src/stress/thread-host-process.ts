/** Hosts the actors of a run as worker threads, and passes on what they and the coordinator say. */
import { Worker } from 'node:worker_threads';
import type { FromHost, ToHost } from './performer.js';
import type { FromActor } from './protocol.js';

/** Those that have not ended, by thread. */
const workers = new Map<number, Worker>();
const tell = (news: FromHost) => void process.send?.(news, () => undefined);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
// Threads may be inside a long call to SQLite: only the end of the process ends them for sure.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.on('message', (order: ToHost) => {
  if (order.host === 'start')
    for (let thread = 0; thread < order.threads; thread += 1) start(order.actor, thread);
  else workers.get(order.thread)?.postMessage(order.message);
});

function start(actor: string, thread: number): void {
  const worker = new Worker(actor);
  workers.set(thread, worker);
  let complaint: string | null = null;
  worker.on('message', (message: FromActor) => tell({ thread, message }));
  worker.once('error', (error) => {
    complaint = error.message;
  });
  worker.once('exit', (code) => {
    workers.delete(thread);
    process.send?.(
      { thread, ended: complaint ?? (code === 0 ? null : `exit code ${code}`) } satisfies FromHost,
      () => {
        if (workers.size === 0 && process.connected) process.disconnect();
      },
    );
  });
}
