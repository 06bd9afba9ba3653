/** A scenario: an incident or a phenomenon as a load, with what must come of it, as found and as cured. */
import type { LoadSpec } from '../load-shapes.js';
import type { ActorPlan, RunPlan } from '../plan.js';

export interface Variant {
  readonly load: LoadSpec;
  /** Changes what single actors do, where one load for all cannot say it. */
  readonly cast?: (plan: RunPlan) => RunPlan;
  /** Thresholds that hold if the hypothesis does: a scenario for which one breaks has failed. */
  readonly expect: readonly string[];
  /** Invariants that must be broken; all others must hold. */
  readonly breaks: readonly string[];
}

/** What `dblock explain` says of it, beyond title, hypothesis, cure and incident. */
export interface ScenarioPage {
  /** Other words that lead to the page. */
  readonly names: readonly string[];
  /** Texts that lead to it when a log line contains them, and that no page of an error claims. */
  readonly phrases?: readonly string[];
  /** How it looks from the outside, with times and counts. */
  readonly symptoms: string;
  /** Lines that a driver, a shell or a program with that fault did print; only its folders were renamed. */
  readonly log: readonly string[];
  /** What SQLite does, step by step. */
  readonly mechanism: string;
  /** What was measured, with which version, and what is not known. */
  readonly certainty: string;
  readonly now: { readonly text: string; readonly commands: readonly string[] };
  /** What to change in the code, so that it does not come back. */
  readonly later: string;
  /** Ids of other pages: codes, texts, locks, checks, scenarios. */
  readonly related: readonly string[];
  /** Addresses of public pages, or functions in SQLite's source. */
  readonly sources: readonly string[];
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
  /** It can be played by threads of one process too: `--isolation thread`. */
  readonly threadsToo?: true;
  /** What its authors wanted of a cure, beyond what is wanted of all. */
  readonly wanted?: readonly string[];
  readonly asFound: Variant;
  readonly asCured: Variant;
  readonly page: ScenarioPage;
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

/** As found in rollback mode nobody sets a mode when a connection is opened: it is that of the file. */
export function unset(connection: ActorPlan['connection']): ActorPlan['connection'] {
  const { pragmas } = connection;
  if (pragmas.journalMode !== 'delete') return connection;
  return { ...connection, pragmas: { ...pragmas, journalMode: null } };
}

/**
 * Not synced at commit, where that is not said: phenomena are not about the speed of a disk. What an incident's authors proposed to
 * set to NORMAL was FULL before, SQLite's default.
 */
export function pragmasOf(
  journalMode: 'wal' | 'delete' | 'memory',
  synchronous: LoadSpec['pragmas']['synchronous'] = 'off',
): LoadSpec['pragmas'] {
  return { journalMode, synchronous, autocheckpointPages: null, cacheSize: null, mmapBytes: null };
}
