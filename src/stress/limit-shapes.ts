/** Shapes of `dblock stress --find-limit`: what it takes to break a threshold, as found and cured. */
import { z } from 'zod';

const perSecond = z.number().nonnegative();
const ms = z.number().nonnegative();

const limitAxisShape = z
  .enum(['writers', 'rate', 'hold'])
  .describe(
    'what is raised: writers; transactions per second, in an open loop; ms of work inside each transaction',
  );
export type LimitAxis = z.infer<typeof limitAxisShape>;

const limitPointShape = z.strictObject({
  value: z.number().nonnegative().describe('writers, transactions per second, or ms of work'),
  held: z.boolean(),
  broken: z.array(z.string()).describe('the thresholds that broke, or could not be measured'),
  untrue: z.array(z.string()).describe('ids of what must be true of the data and was not'),
  keptUp: z
    .boolean()
    .nullable()
    .describe('more than 95 % of the transactions that were due were begun; null: a closed loop'),
  throughputPerSecond: perSecond.describe('committed transactions'),
  rowsPerSecond: perSecond,
  failureRate: z.number().min(0).max(1),
  holdMs: ms.nullable().describe('mean, as measured; null: it cannot be seen from outside'),
  waitAvgMs: ms.nullable().describe('null: nothing was measured'),
  waitP99Ms: ms.nullable(),
  waitMaxMs: ms.nullable(),
});
export type LimitPoint = z.infer<typeof limitPointShape>;

const bounds = {
  lastHeld: z.number().nullable().describe('the greatest value below it that held; null: none'),
  firstBroken: z.number().nullable().describe('the least value that broke; null: none that was tried'),
  narrowed: z
    .boolean()
    .describe('false: the limit is anywhere between the two, which are further apart than need be'),
};

const limitCurveShape = z.discriminatedUnion('state', [
  z.strictObject({
    state: z.literal('searched'),
    complete: z.boolean().describe('false: interrupted'),
    points: z.array(limitPointShape).describe('by value'),
    ...bounds,
    thresholds: z.array(z.strictObject({ threshold: z.string(), ...bounds })).describe('the bounds of each'),
  }),
  z.strictObject({ state: z.literal('skipped'), reason: z.string() }),
]);
export type LimitCurve = z.infer<typeof limitCurveShape>;
export type SearchedCurve = Extract<LimitCurve, { state: 'searched' }>;

export const limitShape = z.strictObject({
  cure: z.string().nullable().describe('remedies joined with +; null: none was given'),
  searches: z.array(
    z.strictObject({
      axis: limitAxisShape,
      of: z.string().nullable().describe('whose it is, such as discovery; null: of every writer of the load'),
      asFound: limitCurveShape,
      cured: limitCurveShape.nullable().describe('null: there is no cure'),
      notes: z.array(z.string()).describe('what is raised, and what stays as it is'),
    }),
  ),
  rulesOfThumb: z
    .array(
      z.strictObject({
        rule: z.string().describe('when to leave SQLite'),
        from: z.string().describe('who says so'),
        measured: z.string().describe('what was found here; it has no part in the answer'),
      }),
    )
    .describe('what others go by'),
  sentence: z.string(),
});
export type Limit = z.infer<typeof limitShape>;
