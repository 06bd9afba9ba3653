/**
 * What SQLite does beside the statements of a transition: triggers, and foreign keys that cascade. EXPLAIN tells it
 * exactly, through triggers of triggers, too: each is a program of its own behind the statement's, which begins with
 * Init, names its trigger there (a foreign key has none), and opens the tables that it writes (trigger.c,
 * codeRowTrigger; fkey.c, fkActionTrigger).
 */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { BoundQueue } from './bind.js';
import { stepsFor, type Wish } from './plan.js';
import type { JobRows, Sql } from './preset.js';
import type { Fate, QueueReport } from './shapes.js';
import { stepSql } from './transition.js';

export interface SideEffects {
  readonly triggers: readonly string[];
  /** Tables that triggers write. */
  readonly byTriggers: readonly string[];
  /** Tables whose rows a foreign key deletes or changes. */
  readonly byForeignKeys: readonly string[];
}

/** Sentences for the report: what happens beside the changes that are listed there, and is not undone. */
export function sideEffectNotes(
  connection: RowConnection,
  queue: BoundQueue,
  wish: Wish,
  { orphans, exhausted, lockFailures }: Pick<QueueReport, 'orphans' | 'exhausted' | 'lockFailures'>,
): string[] {
  const { action, claims } = queue.preset;
  if (action.kind !== 'acts' || !claims) return [];
  const failing = wish.mode === 'fail' ? orphans.count : wish.onExhausted === 'fail' ? exhausted : 0;
  const statements = (rows: JobRows, fate: Fate) =>
    stepsFor(action, claims, fate, wish).map((step) => queue.text(stepSql(queue, rows, step), 0));
  return toSentences(
    sideEffects(connection, [
      ...(orphans.count > failing ? statements(claims, 'requeue') : []),
      ...(failing > 0 ? statements(claims, 'fail') : []),
      ...(lockFailures && lockFailures.count > 0 && action.lockFailures
        ? statements(action.lockFailures, 'retry')
        : []),
    ]),
  );
}

/** @param statements each takes one JSON array of keys */
export function sideEffects(connection: RowConnection, statements: readonly Sql[]): SideEffects {
  const roots = new Map(
    connection
      .rows(`SELECT rootpage, name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0`)
      .map(([root, name]) => [Number(root), String(name)]),
  );
  const triggers = new Set<string>();
  const byTriggers = new Set<string>();
  const byForeignKeys = new Set<string>();
  for (const sql of statements) {
    let written: Set<string> | null = null;
    for (const [address, opcode, , p2, , p4] of connection.rows(`EXPLAIN ${sql}`, '[]').slice(1)) {
      if (opcode === 'Init' && address === 0) {
        const [, trigger] = /^-- TRIGGER (.*)$/s.exec(String(p4 ?? '')) ?? [];
        if (trigger !== undefined) triggers.add(trigger);
        written = trigger === undefined ? byForeignKeys : byTriggers;
      }
      const table = opcode === 'OpenWrite' ? roots.get(Number(p2)) : undefined;
      if (table !== undefined) written?.add(table);
    }
  }
  return {
    ...{ triggers: [...triggers], byTriggers: [...byTriggers], byForeignKeys: [...byForeignKeys] },
  };
}

const NOT_UNDONE = 'That is not in the journal: --undo does not take it back.';

function toSentences({ triggers, byTriggers, byForeignKeys }: SideEffects): string[] {
  const writes = byTriggers.length === 0 ? '' : `, which may write ${byTriggers.join(', ')}`;
  const names = `the trigger${triggers.length === 1 ? '' : 's'} ${triggers.join(', ')}`;
  return [
    ...(byForeignKeys.length === 0
      ? []
      : [`By foreign keys this also deletes or changes rows of ${byForeignKeys.join(', ')}. ${NOT_UNDONE}`]),
    ...(triggers.length === 0 ? [] : [`This also runs ${names}${writes}. ${NOT_UNDONE}`]),
  ];
}
