/** A second database that an actor works with, beside the one of its transactions: such as the queue that its tasks come from. */
import type { Database } from 'better-sqlite3';
import type { Phase } from '../run-shapes.js';
import { openConnection } from './connections.js';
import { countRefusal } from './give-up.js';
import type { Backstage } from './role.js';
import { enter, type Watch } from './watch.js';

export interface Companion {
  /** What goes wrong is counted among the errors. @returns `null`: it went wrong */
  attempt<T>(phase: Phase, work: (database: Database) => T): T | null;
  close(): void;
}

/** One connection, opened when it is needed. `null`: the plan has none. */
export function companionOf({ open, plan: { companion: plan }, tally }: Backstage): Companion | null {
  if (plan === undefined) return null;
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
