/** The statements of a transition, for the jobs of one transaction at once. */
import { quoteIdentifier } from '../sqlite/identifiers.js';
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import { type BoundQueue, fromClause, keyIn } from './bind.js';
import type { JobRows, Sql, Step } from './preset.js';

/** @param keys JSON array of packed keys; @returns rows changed by the step that changed the jobs' own rows */
export function runSteps(
  connection: RowConnection,
  queue: BoundQueue,
  rows: JobRows,
  steps: readonly Step[],
  { keys, nowMs }: { readonly keys: string; readonly nowMs: Milliseconds },
): void {
  for (const step of steps) connection.run(queue.text(stepSql(queue, rows, step), nowMs), keys);
}

export function stepSql(queue: BoundQueue, rows: JobRows, step: Step): Sql {
  const own = queue.tableOf(rows.table);
  const these = keyIn(own, rows.table);
  if ('insert' in step) {
    const columns = Object.keys(step.values).map(quoteIdentifier).join(', ');
    const taken = `EXISTS (SELECT 1 FROM {${step.insert}} AS taken WHERE taken.${quoteIdentifier(step.matching.column)} = ${step.matching.is})`;
    return `INSERT INTO {${step.insert}} (${columns}) SELECT ${Object.values(step.values).join(', ')} FROM ${fromClause(rows)} WHERE ${these} AND NOT ${taken}`;
  }
  const role = 'update' in step ? step.update : step.delete;
  const where = step.matching
    ? `${role}.${quoteIdentifier(step.matching.column)} IN (SELECT ${step.matching.is} FROM ${fromClause(rows)} WHERE ${these})`
    : these;
  if ('delete' in step) return `DELETE FROM {${role}} AS ${role} WHERE ${where}`;
  const set = Object.entries(step.set).map(([column, sql]) => `${quoteIdentifier(column)} = ${sql}`);
  return `UPDATE {${role}} AS ${role} SET ${set.join(', ')} WHERE ${where}`;
}

/** The steps with the refund in them. */
export function withRefund(
  steps: readonly Step[],
  table: string,
  refund: Readonly<Record<string, Sql>>,
): Step[] {
  return steps.map((step) =>
    'update' in step && step.update === table && !step.matching
      ? { update: table, set: { ...step.set, ...refund } }
      : step,
  );
}
