/** A change of single jobs, with its journal on the disk before the write lock is asked for, where that can be. */
import { SqliteFailure } from '../sqlite/failure.js';
import { keyIn } from './bind.js';
import type { Step } from './preset.js';
import type { Run } from './run.js';
import type { Fate } from './shapes.js';
import { hasTriggers, isSameRow, makeChange, NOT_CHANGED } from './transaction.js';
import { lineOf, planUpdate, type UpdatePlan } from './update-plan.js';

export interface PreparedChange {
  /** Of the journal: one for each try. */
  readonly lines: readonly number[];
  /** Whether the journal, if it is written already, tells of the rows as they are. */
  isAsJournalled(): boolean;
  make(keys: string, jobs: number): void;
}

/** With the journal on the disk already, where that can be. */
export function prepareChange(run: Run, fate: Fate, keys: string): PreparedChange {
  const { request, world } = run;
  const { connection, journal } = world;
  const { queue, source, nowMs } = request;
  const steps = request.stepsFor(fate);
  const plan = listedPlan(run, fate, steps);
  if (plan === null) {
    const change = { queue, rows: source.rows, steps, nowMs };
    const lines: number[] = [];
    return {
      lines,
      isAsJournalled: () => true,
      make: (those, jobs) => {
        lines.push(journal.append(makeChange(connection, change, those, jobs)));
      },
    };
  }
  const [before, seen, after] = connection.rows(plan.read.sparse, keys)[0] ?? [];
  const line = journal.append(lineOf(plan, before, after));
  return {
    lines: [line],
    isAsJournalled: () => isSameRow([before, seen], connection.rows(plan.compare.sparse, keys)[0] ?? []),
    make: (those, jobs) => {
      const changed = connection.run(plan.update.sparse, those);
      if (changed !== jobs) throw new SqliteFailure('SQLITE_CONSTRAINT_TRIGGER', NOT_CHANGED);
    },
  };
}

function listedPlan({ request, world, plans }: Run, fate: Fate, steps: readonly Step[]): UpdatePlan | null {
  const known = plans.get(fate);
  if (known !== undefined) return known;
  const { queue, source, nowMs } = request;
  const { claims } = queue.preset;
  const { connection } = world;
  const table = queue.tableOf(source.rows.table);
  const simple = claims === source.rows && !claims.joins && !hasTriggers(connection, table.name);
  const where = keyIn(table, source.rows.table);
  const context = { connection, queue, nowMs };
  const plan = simple ? planUpdate(context, claims, steps, { sparse: where, dense: where }) : null;
  plans.set(fate, plan);
  return plan;
}
