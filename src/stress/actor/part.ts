import type { WorkloadPlan } from '../plan.js';
import { workloadNamed } from '../workloads/index.js';
import type { Cast, Part } from '../workloads/workload.js';

/** What an actor does of a workload, however its transactions are carried out. */
export function partOf(
  { workload, batch, facts, begin }: WorkloadPlan,
  who: Pick<Cast, 'index' | 'random' | 'companion'>,
): Part {
  return workloadNamed(workload).join({ ...who, batch, facts, together: begin === 'autocommit' ? 1 : batch });
}
