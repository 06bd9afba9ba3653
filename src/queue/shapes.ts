/** Shapes of what was found in a queue and done to it; see sqlite/shapes.ts for how they are used. */
import { z } from 'zod';

const count = z.number().int().nonnegative();
const ms = z.number();

export const proofShape = z.enum([
  'owner-gone',
  'owner-reused',
  'disowned',
  'heartbeat-stale',
  'lease-expired',
  'nobody-attached',
  'workers-stopped',
  'age',
  'forced',
  'lock-failure',
]);
export type Proof = z.infer<typeof proofShape>;

export const fateShape = z.enum(['requeue', 'fail', 'retry', 'none']);
/** What would be, or was, done to a job. */
export type Fate = z.infer<typeof fateShape>;

export const jobShape = z.strictObject({
  id: z.string(),
  queue: z.string().nullable(),
  kind: z.string().nullable().describe('class or type of the job'),
  ageMs: ms.nullable().describe('claimed, or failed, for so long; null: nothing says since when'),
  owner: z.string().nullable(),
  attempts: count.nullable(),
  maxAttempts: count.nullable(),
  proof: proofShape.nullable().describe('null: none'),
  because: z.string(),
  fate: fateShape,
});
export type JobLine = z.infer<typeof jobShape>;

export const jobGroupShape = z.strictObject({
  count,
  examples: z.array(jobShape).describe('the first ones; --verbose lists more'),
});
export type JobGroup = z.infer<typeof jobGroupShape>;

export const clockShape = z.strictObject({
  column: z.string(),
  format: z.string().describe('unix-s, text, …'),
  zone: z.string().nullable().describe('of texts that name none; null: not needed, or not known'),
  newest: z.string().nullable().describe('the newest value as it is stored; null: there is none'),
  newestAt: z.string().nullable().describe('the same in UTC; null: it could not be read'),
});
export type QueueClock = z.infer<typeof clockShape>;

export const appliedShape = z.strictObject({
  requeued: count,
  failed: count,
  retried: count.describe('failed only because of a lock, and retried'),
  changedMeanwhile: count.describe('a worker was quicker: left alone'),
  refused: z.array(z.strictObject({ id: z.string(), reason: z.string() })).describe('examples'),
  refusedCount: count.describe('a constraint of the table did not allow it'),
  transactions: count,
  longestHoldMs: ms.describe('of the write lock'),
  waitedMs: ms.describe('for others to give it up'),
  durationMs: ms,
  stopped: z.string().nullable().describe('why it ended early; null: it did not'),
});
export type Applied = z.infer<typeof appliedShape>;

export const queueShape = z.strictObject({
  preset: z.string(),
  name: z.string(),
  tables: z.record(z.string(), z.string()).describe('role → table'),
  counts: z.record(z.string(), count).describe('jobs by state, before anything was changed'),
  countsAfter: z.record(z.string(), count).nullable().describe('null: a preview'),
  clocks: z.array(clockShape),
  rowsAre: z
    .strictObject({ one: z.string(), many: z.string(), freed: z.string() })
    .describe('what the rows are called, and what becomes of them: job, jobs, requeued'),
  acts: z.boolean().describe('false: dblock explains this queue and changes nothing'),
  orphans: jobGroupShape,
  exhausted: count.describe('of the orphans, those whose attempts are used up'),
  skipped: count.describe('of the orphans, those left alone by --on-exhausted skip or --limit'),
  obstructed: jobGroupShape.describe('orphans that must not be touched'),
  alive: jobGroupShape,
  unknown: jobGroupShape,
  lockFailures: jobGroupShape.nullable().describe('null: not asked for, or the framework keeps none'),
  changes: z.array(z.string()).describe('what requeueing writes'),
  notes: z.array(z.string()),
  ownRescue: z.string(),
  ifAlive: z.string(),
  wayOut: z.strictObject({ why: z.string(), text: z.string(), commands: z.array(z.string()) }).nullable(),
  applied: appliedShape.nullable().describe('null: a preview'),
});
export type QueueReport = z.infer<typeof queueShape>;

/** Why nothing was begun: the id of the doctor's check that found it, and what to do. */
const refusalShape = z.strictObject({
  check: z.string(),
  reason: z.string(),
  remedy: z.strictObject({ text: z.string(), commands: z.array(z.string()) }),
});

export const undoneShape = z.strictObject({
  journal: z.string(),
  transactions: count,
  restored: count.describe('jobs as they were before; in a preview: those that would be'),
  already: count.describe('jobs that are as they were: their transaction never committed, or was undone'),
  changedSince: count.describe('jobs that somebody has changed since: left alone'),
  torn: z
    .boolean()
    .describe('the last line is not whole: dblock was killed while it wrote it, before its commit'),
  applied: z.boolean(),
  stopped: z.string().nullable(),
});
export type Undone = z.infer<typeof undoneShape>;

export const requeueDatabaseShape = z.strictObject({
  path: z.string(),
  given: z.string(),
  outcome: z
    .enum(['clear', 'found', 'done', 'partly', 'refused', 'failed'])
    .describe('clear: nothing to do; found: a preview of what there is to do; partly: some is left'),
  summary: z.string(),
  way: z
    .enum(['attached', 'tables', 'copy', 'connection'])
    .nullable()
    .describe(
      'how the rows were read: beside others, from a private copy of their tables or of all, or to change them; null: not',
    ),
  queues: z.array(queueShape),
  ambiguous: z.array(z.strictObject({ table: z.string(), presets: z.array(z.string()) })),
  proposals: z
    .array(z.strictObject({ table: z.string(), configuration: z.string(), sees: z.array(z.string()) }))
    .describe('how tables that look like a queue of your own could be mapped: guesses'),
  unmapped: z.array(z.strictObject({ table: z.string(), reason: z.string() })),
  undone: undoneShape.nullable(),
  journal: z.string().nullable().describe('what undoes the changes; null: nothing was changed'),
  savedFiles: z.array(z.string()).describe('copies of the WAL or journal that a crash had left'),
  refusals: z.array(refusalShape),
  notes: z.array(z.string()),
  advice: z.strictObject({ text: z.string(), commands: z.array(z.string()) }),
});
export type RequeueDatabase = z.infer<typeof requeueDatabaseShape>;
