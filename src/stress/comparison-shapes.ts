/** Shapes of `dblock stress --compare`: what each remedy changed. */
import { z } from 'zod';
import { thresholdResultShape } from './result-shapes.js';

const intervalShape = z.strictObject({
  ratio: z.number().describe('of the medians, to as-found'),
  low: z.number().describe('95 % of the resamples of whole rounds lie from here'),
  high: z.number().describe('to here; of one round alone there is none: it is the ratio'),
});

const cellShape = z.strictObject({
  metric: z.string(),
  unit: thresholdResultShape.shape.unit,
  values: z.array(z.number()).describe('one for each round'),
  median: z.number(),
  ratio: intervalShape
    .nullable()
    .describe('null: as-found has 0, in too many rounds for an interval, or it is as-found itself'),
  verdict: z
    .enum(['better', 'worse', 'same'])
    .describe(
      'same: the interval contains 1, the change is below 2 %, or, in two to four rounds, the medians are not further apart than both sides are wide',
    ),
});
export type ComparedCell = z.infer<typeof cellShape>;

const comparedVariantShape = z.strictObject({
  id: z.string().describe('as-found, or remedies joined with +'),
  remedies: z.array(z.string()),
  cells: z.array(cellShape),
  thresholds: z.array(thresholdResultShape).describe('over all rounds'),
  truth: z.enum(['held', 'broken', 'unknown']),
  untrue: z
    .array(z.string())
    .describe(
      'ids of what was not true in one round or more; nobody-starved: a writer that commits as found committed nothing',
    ),
  holds: z.boolean().describe('all thresholds hold, and nothing is known to be lost'),
  expected: z.string().nullable().describe('what those who proposed it expected'),
});
export type ComparedVariant = z.infer<typeof comparedVariantShape>;

const combinedShape = z.strictObject({
  tried: z
    .array(
      z.strictObject({
        id: z.string(),
        holds: z.boolean(),
        broken: z.array(z.string()).describe('thresholds, and ids of what was not true'),
      }),
    )
    .describe(
      'in one round each; the best of them are among the variants, with rounds of their own beside as-found',
    ),
  most: z.number().int().positive().describe('more remedies at once were not tried'),
});
export type Combined = z.infer<typeof combinedShape>;

const stepShape = z.strictObject({
  id: z.string(),
  title: z.string().describe('what it changes'),
  how: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('recipe'),
      part: z.enum(['connection', 'jobs']).describe('dblock recipe STACK --part …'),
      does: z.string().describe('what in it does that'),
    }),
    z.strictObject({
      kind: z.literal('own'),
      todo: z.string().describe("what to do in the application's own code: no recipe can"),
    }),
  ]),
});
export type RecommendedStep = z.infer<typeof stepShape>;

export const comparisonShape = z.strictObject({
  rounds: z.number().int().positive(),
  asFound: comparedVariantShape,
  variants: z.array(comparedVariantShape).describe('what helps most comes first'),
  combined: combinedShape
    .nullable()
    .describe('null: no combinations were looked for, because not all were asked for, or one is enough'),
  recommended: z
    .string()
    .nullable()
    .describe(
      'the fewest remedies with which everything holds; null: nothing needs a remedy, or none is enough',
    ),
  steps: z.array(stepShape).describe('of the recommended one, or else of the one that comes nearest'),
  recipe: z
    .strictObject({
      commands: z.array(z.string()).describe('of several stacks, those of one are to be chosen'),
      reason: z.string().describe('why these'),
    })
    .nullable()
    .describe('null: no recipe has anything to do with the steps'),
  leftOut: z
    .array(z.strictObject({ id: z.string(), reason: z.string() }))
    .describe('remedies that change nothing of this load'),
  sentence: z.string(),
});
export type Comparison = z.infer<typeof comparisonShape>;
