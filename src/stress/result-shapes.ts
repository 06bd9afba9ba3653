/** Shapes of the result of `dblock stress`: what comes of its runs, and what is thought of them. */
import { z } from 'zod';
import { limitShape } from './limit-shapes.js';
import { loadShape } from './load-shapes.js';
import { runResultShape } from './run-shapes.js';

const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();

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
const spreadShape = z.strictObject({
  metric: z.string(),
  unit: thresholdResultShape.shape.unit,
  values: z.array(z.number()),
  median: z.number(),
  least: z.number(),
  greatest: z.number(),
});
export type Spread = z.infer<typeof spreadShape>;

const baselineRowShape = z.strictObject({
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
const capacityShape = z.strictObject({
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

const arenaShape = z.strictObject({
  kind: z.enum(['scratch', 'copy', 'in-place']),
  path: z.string().describe('of the database that was written to'),
  bytes: count,
  readyMs: ms.describe('until it could be written to'),
  reflinked: z.boolean().describe('its blocks were shared, not copied'),
  kept: z.boolean(),
  fileSystem: z.string().nullable(),
});
export type ArenaResult = z.infer<typeof arenaShape>;

const scenarioResultShape = z.strictObject({
  id: z.string(),
  title: z.string(),
  variant: z.enum(['as-found', 'as-cured']),
  incident: z.string().nullable().describe('where it was seen; null: in many places'),
  hypothesis: z.string().describe('who does what, and what is expected of it'),
  cure: z.string(),
  missed: z
    .array(z.string())
    .describe(
      'what was expected and did not come about: thresholds and invariants; empty: it was reproduced, if it was played to its end',
    ),
  complete: z.boolean().describe('false: interrupted, so that nothing can be said of what was expected'),
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
