/** What requeueing writes, in words close to SQL: for the preview. */
import type { BoundQueue } from './bind.js';
import { stepsFor, type Wish } from './plan.js';
import type { Acts, Claims, Step } from './preset.js';

export function describeChanges(queue: BoundQueue, action: Acts, claims: Claims, wish: Wish): string[] {
  const fate = wish.mode === 'fail' && action.fail ? 'fail' : 'requeue';
  return stepsFor(action, claims, fate, wish).flatMap((step) => describeStep(queue, step));
}

function describeStep(queue: BoundQueue, step: Step): string[] {
  if ('insert' in step) {
    return queue.tables[step.insert] ? [`inserts a row into ${queue.tableOf(step.insert).name}`] : [];
  }
  if ('delete' in step) return [`deletes the row of ${queue.tableOf(step.delete).name}`];
  const { name } = queue.tableOf(step.update);
  const set = Object.entries(step.set).map(([column, sql]) => `${column} = ${plain(sql)}`);
  return [`sets ${set.join(', ')} in ${name}`];
}

/** `{now:unix-s}` → `now`: the value itself is in the journal. */
function plain(sql: string): string {
  return sql.replace(/'?\{now:[^}]+\}'?/g, 'now').replace(/\{([a-z][A-Za-z]*)\}/g, '$1');
}
