/** An actor of a stress run: plays one role, reports, ends. A process of its own, or a worker thread. */
import { statSync } from 'node:fs';
import { loadDriver } from '../sqlite/driver.js';
import { monotonicMs } from './actor/clock.js';
import type { OpenDatabase } from './actor/connections.js';
import { type Line, lineToCoordinator } from './actor/line.js';
import { type Control, isOver, play, type Reporting } from './actor/play.js';
import { roleOf } from './actor/roles.js';
import { Tally } from './actor/tally.js';
import type { ActorPlan } from './plan.js';

const line = lineToCoordinator();
const control: Control = { stopped: false };
let start: ((startMs: number) => void) | null = null;

// Ctrl-C reaches the whole group; the coordinator ends us, in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
line.onBroken(() => {
  control.stopped = true;
  start?.(0);
});
line.onMessage((message) => {
  if (message.to === 'play') void perform(message.plan, line);
  else if (message.to === 'go') start?.(message.startMs);
  else {
    control.stopped = true;
    start?.(0);
  }
});

async function perform(plan: ActorPlan, to: Line): Promise<void> {
  const Database = await loadDriver();
  const open: OpenDatabase = (path, options) => new Database(path, { ...options, fileMustExist: true });
  const parent = process.ppid;
  const tally = new Tally(performance.now(), plan.stepMs);
  const role = roleOf({ plan, tally, open, parent, isOver: () => isOver({ plan, tally, control }) });
  const state = (final: boolean, walBytes = walBytesOf(plan)) =>
    to.send({ from: 'state', state: tally.state(role.ledger(), walBytes), final });
  try {
    await role.warmUp?.();
    const go = new Promise<number>((resolve) => {
      start = resolve;
    });
    to.send({ from: 'ready', pid: process.pid });
    tally.start = performance.now() + ((await go) - monotonicMs());
    const reporting: Reporting = {
      progress: (progress) => to.send({ from: 'progress', progress }),
      state: () => state(false),
    };
    await play({ plan, role, tally, control, reporting, parent });
    const walBytes = walBytesOf(plan);
    await role.close();
    state(true, walBytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    to.send({ from: 'refused', message });
  }
  to.hangUp();
}

/** The coordinator looks now and then; the last to close the database removes what it wants to see. */
function walBytesOf({ connection }: ActorPlan): number | null {
  return statSync(`${connection.path}-wal`, { throwIfNoEntry: false })?.size ?? null;
}
