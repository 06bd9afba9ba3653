/** A scenario: an incident or a phenomenon as a load, with what must come of it, as found and as cured. */
import type { ActorPlan, RunPlan } from '../plan.js';
import type { LoadSpec } from '../shapes.js';

export interface Variant {
  readonly load: LoadSpec;
  /** Changes what single actors do, where one load for all cannot say it. */
  readonly cast?: (plan: RunPlan) => RunPlan;
  /** Thresholds that hold if the hypothesis does: a scenario for which one breaks has failed. */
  readonly expect: readonly string[];
  /** Invariants that must be broken; all others must hold. */
  readonly breaks: readonly string[];
}

export interface Scenario {
  /** What `--scenario` takes; also the name of the file. */
  readonly id: string;
  readonly title: string;
  /** Who does what, in units, and what is expected of it. */
  readonly hypothesis: string;
  /** What the cured variant does in another way. */
  readonly cure: string;
  /** Where it was seen; `null`: in many places. */
  readonly incident: string | null;
  /** What people see: lines as they look in a log, and what else they notice. */
  readonly symptoms?: readonly string[];
  /** Why SQLite does that: for `dblock explain`, some sentences. */
  readonly mechanism?: string;
  /** Ids of pages of `dblock explain`: codes, checks, locks, scenarios. */
  readonly related?: readonly string[];
  /** Addresses of public pages, or of a function in SQLite's source. */
  readonly sources?: readonly string[];
  readonly asFound: Variant;
  readonly asCured: Variant;
}

/** What every scenario starts from: it says only what is different. */
export function scenarioLoad(scenario: string, workload: string, differences: Partial<LoadSpec>): LoadSpec {
  return {
    ...{ writers: 4, readers: 0, checkpointers: 0, begin: 'deferred', busyTimeoutMs: 30_000, holdMs: 2 },
    ...{ batch: 1, connection: { kind: 'persistent' }, retry: { kind: 'none' }, writerQueue: false },
    pragmas: pragmasOf('wal'),
    ...{ work: { kind: 'scenario', scenario, workload }, isolation: 'process', rampMs: 0, seed: 1 },
    ...{ pace: { kind: 'closed', thinkMs: 0 }, end: { kind: 'duration', durationMs: 1000 } },
    ...differences,
  };
}

/** One more actor, beside those of the load: made from its first writer. */
export function withActor(
  { actors, ...plan }: RunPlan,
  name: string,
  from: (writer: ActorPlan) => ActorPlan,
): RunPlan {
  const writer = actors.find(({ role }) => role === 'writer');
  const index = Math.max(...actors.map((actor) => actor.index)) + 1;
  return { ...plan, actors: writer === undefined ? actors : [...actors, { ...from(writer), index, name }] };
}

/** Not synced at commit: no scenario is about the speed of a disk. */
export function pragmasOf(journalMode: 'wal' | 'delete' | 'memory'): LoadSpec['pragmas'] {
  return { journalMode, synchronous: 'off', autocheckpointPages: null, cacheSize: null, mmapBytes: null };
}
