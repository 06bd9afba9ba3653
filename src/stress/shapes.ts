/** Shapes of what a stress run was asked to do and what came of it; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';
import { limitShape } from './limit-shapes.js';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();
const rate = z.number().min(0).max(1);

// ---------------------------------------------------------------- the load

export const beginModeShape = z.enum(['deferred', 'immediate', 'exclusive', 'autocommit']);
export type BeginMode = z.infer<typeof beginModeShape>;

export const workloadNameShape = z.enum(['insert', 'update', 'read-modify-write', 'claim', 'batch']);
export type WorkloadName = z.infer<typeof workloadNameShape>;

/** What each writer does, again and again. */
export const workShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('workload'), name: workloadNameShape }).describe("on dblock's own table"),
  z.strictObject({ kind: z.literal('table'), table: z.string() }).describe('sets rows to what they are'),
  z.strictObject({
    kind: z.literal('scripts'),
    scripts: z.array(z.strictObject({ file: z.string(), weight: z.number().positive() })).min(1),
  }),
  z.strictObject({ kind: z.literal('scenario'), scenario: z.string(), workload: z.string() }),
]);
export type Work = z.infer<typeof workShape>;

/** Of the whole transaction, and only after lock errors. */
export const retryShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({
    kind: z.literal('immediate'),
    tries: count.describe('the first one is not counted: retries'),
  }),
  z.strictObject({
    kind: z.literal('backoff'),
    baseMs: ms.describe('pause before the first retry; doubles from then on'),
    capMs: ms.describe('no pause is longer, its jitter aside'),
    jitterMs: ms.describe('up to so much is added, by chance'),
    tries: count.describe('the first one is not counted: retries'),
  }),
]);
export type RetryPolicy = z.infer<typeof retryShape>;

export const connectionModeShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('persistent') }).describe('one for each actor, open for the whole run'),
  z
    .strictObject({ kind: z.literal('per-operation') })
    .describe('opened before each transaction, closed after'),
  z
    .strictObject({ kind: z.literal('pool'), size: z.number().int().positive() })
    .describe('each actor has so many and takes them in turn'),
  z
    .strictObject({ kind: z.literal('shared') })
    .describe('all writers share one, and one transaction, which ends when all of them are done'),
]);
export type ConnectionMode = z.infer<typeof connectionModeShape>;

/** `null`: as SQLite, or the database, has it. */
export const pragmasShape = z.strictObject({
  journalMode: z.enum(['delete', 'truncate', 'persist', 'memory', 'wal', 'off']).nullable(),
  synchronous: z.enum(['off', 'normal', 'full', 'extra']).nullable(),
  autocheckpointPages: count.nullable(),
  cacheSize: z.number().int().nullable().describe('PRAGMA cache_size: pages, or -KiB'),
  mmapBytes: count.nullable(),
});
export type Pragmas = z.infer<typeof pragmasShape>;

/** When a run ends. */
export const endShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('duration'), durationMs: ms }),
  z.strictObject({ kind: z.literal('transactions'), perWriter: z.number().int().positive() }),
]);
export type End = z.infer<typeof endShape>;

/** Closed: the next begins when the last has ended. Open: they begin when they are due, as in life. */
export const paceShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('closed'), thinkMs: ms.describe('pause after each transaction') }),
  z.strictObject({
    kind: z.literal('open'),
    perSecond: z.number().positive().describe('of all writers together'),
  }),
]);
export type Pace = z.infer<typeof paceShape>;

export const loadShape = z.strictObject({
  writers: count,
  readers: count,
  checkpointers: count,
  end: endShape,
  work: workShape,
  begin: beginModeShape,
  busyTimeoutMs: count,
  holdMs: ms.describe('work inside the transaction, after its first write'),
  batch: z.number().int().positive().describe('rows that a transaction writes'),
  connection: connectionModeShape,
  pragmas: pragmasShape,
  retry: retryShape,
  writerQueue: z.boolean().describe('all writes go through one process'),
  isolation: z.enum(['process', 'thread']),
  pace: paceShape,
  rampMs: ms.describe('until the last writer has started'),
  seed: count,
});
export type LoadSpec = z.infer<typeof loadShape>;

// ---------------------------------------------------------------- what was measured

/** A part of a histogram: from `fromMs` (exclusive, but for 0) to `toMs`. */
const bucketShape = z.strictObject({ fromMs: ms, toMs: ms, count });

export const latencyShape = z
  .strictObject({
    count,
    meanMs: ms,
    p50Ms: ms,
    p90Ms: ms,
    p99Ms: ms,
    p999Ms: ms,
    maxMs: ms,
    totalMs: ms,
    buckets: z
      .array(bucketShape)
      .describe('adjoining, from the least to the greatest; bounds are 1, 2, 5, 10, …'),
  })
  .describe('all numbers are 0 when count is');
export type Latency = z.infer<typeof latencyShape>;

/** During which statement an attempt failed. */
export const phaseShape = z.enum([
  'open',
  'pragma',
  'prepare',
  'begin',
  'read',
  'write',
  'commit',
  'checkpoint',
  'queue',
]);
export type Phase = z.infer<typeof phaseShape>;

/** instant: before the busy timeout could have elapsed. other: has nothing to do with locks. */
export const errorClassShape = z.enum(['instant', 'timed-out', 'other']);
export type ErrorClass = z.infer<typeof errorClassShape>;

export const stressErrorShape = z.strictObject({
  code: z.string().describe('extended, such as SQLITE_BUSY_SNAPSHOT'),
  class: errorClassShape,
  phase: phaseShape,
  count,
  fastestMs: ms.describe('of the statement that failed'),
  slowestMs: ms,
  sentence: z.string().describe('why the busy timeout did or did not apply'),
  explain: z.string().nullable().describe('the id for dblock explain; null: it has no page'),
  message: z.string().describe("SQLite's own"),
});
export type StressError = z.infer<typeof stressErrorShape>;

/** The counters of incident 5, under its names. */
export const countersShape = z.strictObject({
  lockAttempts: count.describe('tries of a transaction, retries among them'),
  lockSuccesses: count.describe('transactions that were committed'),
  lockFailures: count.describe('transactions given up because of a lock error, after all retries'),
  lockRetries: count.describe('tries after a lock error'),
  totalWaitMs: ms,
  maxWaitMs: ms,
  avgWaitMs: ms,
  failureRate: rate.describe('lockFailures ÷ (lockSuccesses + lockFailures)'),
  retryRate: rate.describe('lockRetries ÷ lockAttempts'),
});
export type Counters = z.infer<typeof countersShape>;

export const roleShape = z.enum(['writer', 'reader', 'checkpointer', 'queue']);
export type Role = z.infer<typeof roleShape>;

export const actorResultShape = z.strictObject({
  name: z.string().describe('unique in the run, such as writer 3'),
  role: roleShape,
  pid: count,
  end: z.discriminatedUnion('end', [
    z.strictObject({ end: z.literal('finished') }),
    z.strictObject({ end: z.literal('died'), how: z.string().describe('the signal, or the exit code') }),
    z
      .strictObject({ end: z.literal('stuck') })
      .describe('did not stop when told to, and was killed by the coordinator'),
  ]),
  committed: count.describe('transactions; for readers: reads; for checkpointers: checkpoints'),
  failed: count.describe('given up because of a lock error'),
  otherErrors: count.describe('given up because of another error'),
  attempts: count,
  retries: count,
  wait: latencyShape,
});
export type ActorResult = z.infer<typeof actorResultShape>;

/** What happened from atMs to atMs + stepMs. */
export const seriesPointShape = z.strictObject({
  atMs: ms.describe('since the common start'),
  stepMs: ms,
  committed: count,
  failed: count,
  retries: count,
  reads: count,
  longestWaitMs: ms,
  walBytes: count.nullable().describe('the largest that was seen; null: not looked at'),
});
export type SeriesPoint = z.infer<typeof seriesPointShape>;

export const invariantShape = z.strictObject({
  id: z.string().describe('such as rows-present, claimed-once, no-lost-update, integrity'),
  statement: z.string().describe('what must be true, in words'),
  state: z.enum(['held', 'broken', 'unknown']),
  detail: z.string().describe('the numbers, or why it is not known'),
});
export type Invariant = z.infer<typeof invariantShape>;

export const runResultShape = z.strictObject({
  durationMs: ms.describe('from the common start until the last writer ended'),
  counters: countersShape,
  otherFailures: count.describe('transactions given up because of an error that is no lock error'),
  overdue: count.describe(
    'transactions that had been due and were not begun when the run ended; open loops only',
  ),
  throughputPerSecond: z.number().nonnegative().describe('committed transactions'),
  rowsPerSecond: z.number().nonnegative(),
  wait: latencyShape.describe('of each attempt: to the write lock, or to giving up'),
  waitMeaning: z.string().describe('which statement the wait is the time of'),
  hold: latencyShape.describe('of each attempt that gained the write lock: until it was given up'),
  total: latencyShape.describe(
    'of each transaction: from its (intended) start until it was committed or given up, with retries and pauses',
  ),
  commit: latencyShape.describe('of COMMIT alone, with the automatic checkpoint if it ran one'),
  reads: latencyShape.describe('of each transaction of a reader'),
  retriesPerTransaction: z
    .array(z.strictObject({ retries: count, transactions: count }))
    .describe('committed transactions by how often they were retried'),
  errors: z.array(stressErrorShape).describe('the most frequent first; of attempts, so retried ones too'),
  actors: z.array(actorResultShape),
  fairness: z.strictObject({
    fewest: count,
    most: count,
    jain: rate.describe("Jain's index over the writers' committed transactions: 1 = all alike"),
  }),
  wal: z.strictObject({
    peakBytes: count,
    endBytes: count,
    autocheckpointBytes: count
      .nullable()
      .describe('about where the automatic checkpoint begins; null: it is off'),
    frameBytes: count.describe('a page and its header: what the WAL has of each page that a commit changed'),
  }),
  checkpoints: z.strictObject({
    runs: count,
    busy: count.describe('returned busy = 1'),
    duration: latencyShape,
    stalls: count.describe('waits of writers over 10 ms that fell into a checkpoint'),
    longestStallMs: ms,
  }),
  series: z.array(seriesPointShape),
  truth: z.array(invariantShape),
  notes: z.array(z.string()).describe('what the reader must know of this run: a sentence or two each'),
});
export type RunResult = z.infer<typeof runResultShape>;

// ---------------------------------------------------------------- the verdict

export const thresholdResultShape = z.strictObject({
  threshold: z.string().describe('as it was given'),
  metric: z.string().describe('such as wait.p99'),
  comparison: z.enum(['<', '<=', '>', '>=']),
  limit: z.number(),
  measured: z.number().nullable().describe('null: nothing was measured'),
  unit: z.enum(['ratio', 'ms', 'per-second', 'bytes', 'count']),
  state: z.enum(['held', 'broken', 'unknown']),
});
export type ThresholdResult = z.infer<typeof thresholdResultShape>;

/** A metric over several runs. */
export const spreadShape = z.strictObject({
  metric: z.string(),
  unit: thresholdResultShape.shape.unit,
  values: z.array(z.number()),
  median: z.number(),
  least: z.number(),
  greatest: z.number(),
});
export type Spread = z.infer<typeof spreadShape>;

export const baselineRowShape = z.strictObject({
  metric: z.string(),
  unit: thresholdResultShape.shape.unit,
  before: z.array(z.number()),
  now: z.array(z.number()),
  change: z.number().nullable().describe('of the medians: 0.1 = 10 % more; null: before it was 0'),
  verdict: z.enum(['better', 'worse', 'same', 'different']).describe('same: within the noise of both'),
  sentence: z.string(),
});
export type BaselineRow = z.infer<typeof baselineRowShape>;

/** Does the write lock suffice? There is one, so what it can carry follows from how long it is held. */
export const capacityShape = z.strictObject({
  demandPerSecond: z.number().positive().describe('transactions that were due, or as many as came about'),
  demand: z
    .enum(['stated', 'as it came'])
    .describe('an open loop states it; in a closed one writers wait for each other: it could be more'),
  holdMs: z.number().positive().describe('mean time for which a transaction had the write lock'),
  utilisation: z
    .number()
    .nonnegative()
    .describe('demand × hold: the share of the time for which the write lock is wanted; it can be above 1'),
  longestHoldMs: z
    .number()
    .positive()
    .nullable()
    .describe('the hold that would leave the stated demand at 0.7; null: none was stated'),
  mostPerSecond: z.number().positive().describe('transactions at 0.7, with this hold'),
  sentence: z.string(),
});
export type Capacity = z.infer<typeof capacityShape>;

export const arenaShape = z.strictObject({
  kind: z.enum(['scratch', 'copy', 'in-place']),
  path: z.string().describe('of the database that was written to'),
  bytes: count,
  readyMs: ms.describe('until it could be written to'),
  reflinked: z.boolean().describe('its blocks were shared, not copied'),
  kept: z.boolean(),
  fileSystem: z.string().nullable(),
});
export type ArenaResult = z.infer<typeof arenaShape>;

export const scenarioResultShape = z.strictObject({
  id: z.string(),
  title: z.string(),
  variant: z.enum(['as-found', 'as-cured']),
  incident: z.string().nullable().describe('where it was seen; null: in many places'),
  hypothesis: z.string().describe('who does what, and what is expected of it'),
  cure: z.string(),
  missed: z
    .array(z.string())
    .describe(
      'what was expected and did not come about: thresholds and invariants; empty: it was reproduced',
    ),
});
export type ScenarioResult = z.infer<typeof scenarioResultShape>;

export const stressResultShape = z.strictObject({
  target: z
    .strictObject({ path: z.string(), given: z.string() })
    .nullable()
    .describe('null: a scratch database'),
  arena: arenaShape,
  load: loadShape,
  scenario: scenarioResultShape.nullable().describe('null: the load is that of the options'),
  runs: z
    .array(runResultShape)
    .describe(
      'of the load as it is, whatever --find-limit raised and --compare changed; at least one, if not interrupted',
    ),
  thresholds: z.array(thresholdResultShape).describe('each over all runs: broken if any run broke it'),
  spread: z.array(spreadShape).describe('empty for a single run'),
  baseline: z.array(baselineRowShape).nullable().describe('null: none was given'),
  capacity: capacityShape
    .nullable()
    .describe(
      'of the run that is shown; null: no hold of the write lock was seen, or several transactions shared one',
    ),
  limit: limitShape.nullable().describe('null: --find-limit was not given'),
  interrupted: z.string().nullable().describe('the signal; null: it ran to its end'),
  notes: z.array(z.string()),
});
export type StressResult = z.infer<typeof stressResultShape>;

/** What `--baseline` needs of an earlier report. */
export const baselineFileShape = z.object({
  command: z.literal('stress'),
  load: loadShape,
  runs: z.array(runResultShape).min(1),
});
