/** What is played: what a scenario says or the options do, and what remedies change of it. */
import type { Stage } from './cast.js';
import type { LoadSpec } from './load-shapes.js';
import type { RunPlan } from './plan.js';
import type { Weighed } from './script/mix.js';
import type { Script } from './script/script.js';

/** Changes what single actors do, where one load for all cannot say it. */
export type Recast = (plan: RunPlan, stage: Stage) => RunPlan;

export interface Played {
  readonly load: LoadSpec;
  /** As `load.work` names them, parsed. */
  readonly scripts: readonly Weighed<Script>[];
  /** `null`: all do what the load says. */
  readonly recast: Recast | null;
}

/** The one, then the other. */
export function chained(first: Recast | null, second: Recast): Recast {
  return first === null ? second : (plan, stage) => second(first(plan, stage), stage);
}
