/** Shapes of `dblock stress --compare`: what each remedy changed. */
import { z } from 'zod';
import { thresholdResultShape } from './shapes.js';

const intervalShape = z.strictObject({
  ratio: z.number().describe('of the medians, to as-found'),
  low: z.number().describe('95 % of the resamples of whole rounds lie from here'),
  high: z.number().describe('to here'),
});

const cellShape = z.strictObject({
  metric: z.string(),
  unit: thresholdResultShape.shape.unit,
  values: z.array(z.number()).describe('one for each round'),
  median: z.number(),
  ratio: intervalShape.nullable().describe('null: as-found has 0, or it is as-found itself'),
  verdict: z
    .enum(['better', 'worse', 'same'])
    .describe('same: the interval contains 1, or the change is below 2 %'),
});
export type ComparedCell = z.infer<typeof cellShape>;

export const comparedVariantShape = z.strictObject({
  id: z.string().describe('as-found, or remedies joined with +'),
  remedies: z.array(z.string()),
  cells: z.array(cellShape),
  thresholds: z.array(thresholdResultShape).describe('over all rounds'),
  truth: z.enum(['held', 'broken', 'unknown']),
  holds: z.boolean().describe('all thresholds hold, and nothing is known to be lost'),
  expected: z.string().nullable().describe('what those who proposed it expected'),
});
export type ComparedVariant = z.infer<typeof comparedVariantShape>;

export const comparisonShape = z.strictObject({
  rounds: z.number().int().positive(),
  asFound: comparedVariantShape,
  variants: z.array(comparedVariantShape).describe('what helps most comes first'),
  recommended: z
    .string()
    .nullable()
    .describe(
      'the fewest remedies with which everything holds; null: nothing needs a remedy, or none is enough',
    ),
  leftOut: z
    .array(z.strictObject({ id: z.string(), reason: z.string() }))
    .describe('remedies that change nothing of this load'),
  sentence: z.string(),
});
export type Comparison = z.infer<typeof comparisonShape>;
