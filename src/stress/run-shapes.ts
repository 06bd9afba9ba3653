/** Shapes of one run: what was measured while a load was played. */
import { z } from 'zod';
import { groundShape } from './ground-shapes.js';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();
const rate = z.number().min(0).max(1);

/** A part of a histogram: from `fromMs` (exclusive, but for 0) to `toMs`. */
const bucketShape = z.strictObject({ fromMs: ms, toMs: ms, count });

const latencyShape = z
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
const phaseShape = z.enum([
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
const errorClassShape = z.enum(['instant', 'timed-out', 'other']);
export type ErrorClass = z.infer<typeof errorClassShape>;

const stressErrorShape = z.strictObject({
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
const countersShape = z.strictObject({
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

const roleShape = z.enum(['writer', 'reader', 'checkpointer', 'queue']);
export type RoleName = z.infer<typeof roleShape>;

const actorResultShape = z.strictObject({
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
const seriesPointShape = z.strictObject({
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

const invariantShape = z.strictObject({
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
  ground: groundShape
    .nullable()
    .default(null)
    .describe('where it wrote; null: in tables of its own, and there was nothing to choose'),
  truth: z.array(invariantShape),
  notes: z.array(z.string()).describe('what the reader must know of this run: a sentence or two each'),
});
export type RunResult = z.infer<typeof runResultShape>;
