/** A checkpointer: PRAGMA wal_checkpoint, as often as its pace says. */
import type { Database } from 'better-sqlite3';
import type { CheckpointMode } from '../../checkpoint/shapes.js';
import type { Milliseconds } from '../../units.js';
import { openConnection } from './connections.js';
import { giveUp } from './give-up.js';
import type { Backstage, Role, Step } from './role.js';
import { enter, type Watch } from './watch.js';

export function checkpointsRole(mode: CheckpointMode, backstage: Backstage): Role {
  const { plan, tally, open } = backstage;
  const watch: Watch = { phase: 'open', since: 0 };
  let database: Database | null = null;
  const run = (dueMs: Milliseconds) => {
    database ??= openConnection({ open, plan: plan.connection, watch });
    const fromMs = enter(watch, 'checkpoint');
    const busy = busyOf(database.pragma(`wal_checkpoint(${mode})`));
    const toMs = performance.now();
    if (busy) tally.busyCheckpoints += 1;
    tally.hold.record(toMs - fromMs);
    tally.span(fromMs, toMs);
    tally.done(dueMs, toMs, 0, 0);
  };
  const step = (dueMs: Milliseconds): Step => {
    try {
      run(dueMs);
    } catch (error) {
      return giveUp(backstage, watch, error, dueMs);
    }
    return { ended: true, pauseMs: 0 };
  };
  return { step, ledger: () => ({}), close: () => void database?.close() };
}

/** The first column of the row: 1 where it did not get what it waited for. */
function busyOf(rows: unknown): boolean {
  const [row] = Array.isArray(rows) ? rows : [];
  return Number(row?.busy) === 1;
}
