/** Shapes of the load: what `dblock stress` is asked to play; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();

const beginModeShape = z.enum(['deferred', 'immediate', 'exclusive', 'autocommit']);
export type BeginMode = z.infer<typeof beginModeShape>;

const workloadNameShape = z.enum(['insert', 'update', 'read-modify-write', 'claim', 'batch']);

/** What each writer does, again and again. */
const workShape = z.discriminatedUnion('kind', [
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
const retryShape = z.discriminatedUnion('kind', [
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

const connectionModeShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('persistent') }).describe('one for each actor, open for the whole run'),
  z
    .strictObject({ kind: z.literal('per-operation') })
    .describe('opened before each transaction, closed after'),
  z
    .strictObject({ kind: z.literal('pool'), size: z.number().int().positive() })
    .describe('each actor has so many and takes them in turn'),
  z
    .strictObject({ kind: z.literal('shared') })
    .describe(
      'all writers share one session: who commits commits what all have added, and who fails rolls it back',
    ),
]);
export type ConnectionMode = z.infer<typeof connectionModeShape>;

/** `null`: as SQLite, or the database, has it. */
const pragmasShape = z.strictObject({
  journalMode: z.enum(['delete', 'truncate', 'persist', 'memory', 'wal', 'off']).nullable(),
  synchronous: z.enum(['off', 'normal', 'full', 'extra']).nullable(),
  autocheckpointPages: count.nullable(),
  cacheSize: z.number().int().nullable().describe('PRAGMA cache_size: pages, or -KiB'),
  mmapBytes: count.nullable(),
});
export type Pragmas = z.infer<typeof pragmasShape>;

/** When a run ends. */
const endShape = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('duration'), durationMs: ms }),
  z.strictObject({ kind: z.literal('transactions'), perWriter: z.number().int().positive() }),
]);
export type End = z.infer<typeof endShape>;

/** Closed: the next begins when the last has ended. Open: they begin when they are due, as in life. */
const paceShape = z.discriminatedUnion('kind', [
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
