/** A second database that an actor works with, beside the one of its transactions: such as the queue that its tasks come from. */
import type { Database } from 'better-sqlite3';
import type { ConnectionPlan } from '../plan.js';
import type { Phase } from '../run-shapes.js';
import { type OpenDatabase, openConnection } from './connections.js';
import { countRefusal } from './give-up.js';
import type { Tally } from './tally.js';
import { enter, type Watch } from './watch.js';

export interface Companion {
  /** What goes wrong is counted among the errors. @returns `null`: it went wrong */
  attempt<T>(phase: Phase, work: (database: Database) => T): T | null;
  close(): void;
}

interface Opening {
  readonly open: OpenDatabase;
  readonly plan: ConnectionPlan;
  readonly tally: Tally;
}

/** One connection, opened when it is needed. */
export function companionOf({ open, plan, tally }: Opening): Companion {
  const watch: Watch = { phase: 'open', since: 0 };
  let database: Database | null = null;
  return {
    attempt: (phase, work) => {
      try {
        database ??= openConnection({ open, plan, watch });
        enter(watch, phase);
        return work(database);
      } catch (error) {
        countRefusal(tally, plan, watch, error);
        if (database?.inTransaction) database.exec('ROLLBACK');
        return null;
      }
    },
    close: () => void database?.close(),
  };
}
