/** Another number of rows in each transaction, and the same rows and the same work for them. */
import type { ActorPlan, TransactionPlan } from '../plan.js';

/** @param rows another number than it has */
export function withRows(actor: ActorPlan, rows: number): ActorPlan {
  const { program, pace, transactions } = actor;
  if (!('workload' in program)) return actor;
  const share = rows / program.batch;
  const next: TransactionPlan = {
    ...program,
    ...{ batch: rows, holdMs: program.holdMs * share, beforeMs: (program.beforeMs ?? 0) * share },
  };
  return {
    ...actor,
    program: { ...program, ...next },
    pace:
      pace.kind === 'open'
        ? { kind: 'open', perSecond: pace.perSecond / share }
        : { kind: 'closed', thinkMs: pace.thinkMs * share },
    transactions: transactions === null ? null : Math.ceil(transactions / share),
  };
}
