/** The shape of the envelope, for its JSON Schema and for tests; see sqlite/shapes.ts for how shapes are used. */
import { z } from 'zod';
import { checkpointModeShape, checkpointOutcomeShape, walStatusShape } from '../checkpoint/shapes.js';
import { fixBackupShape, fixRepairShape, repairPlanShape, unrepairedShape } from '../doctor/repair/shapes.js';
import { evidenceShape } from '../doctor/shapes.js';
import { lockRowShape } from '../locks/shapes.js';
import { requeueDatabaseShape } from '../queue/shapes.js';
import { comparisonShape } from '../stress/comparison-shapes.js';
import { stressResultShape, thresholdResultShape } from '../stress/result-shapes.js';
import { runResultShape } from '../stress/run-shapes.js';
import { snakeSchema } from './snake-case.js';

const severityShape = z.enum(['critical', 'warning', 'info']);
const factsShape = z
  .looseObject({})
  .describe('what the check looked at; names carry units, and differ from check to check');

export const outcomeShape = z.discriminatedUnion('outcome', [
  z.strictObject({
    id: z.string(),
    outcome: z.literal('found'),
    severity: severityShape,
    summary: z.string(),
    facts: factsShape,
    remedy: z.strictObject({ text: z.string(), commands: z.array(z.string()) }),
    repair: z.exactOptional(repairPlanShape).describe('what dblock fix can do about it; absent: nothing'),
    muted: z.exactOptional(z.string()).describe('why the configuration mutes it: then it does not count'),
  }),
  z.strictObject({ id: z.string(), outcome: z.literal('clear'), facts: factsShape }),
  z.strictObject({ id: z.string(), outcome: z.literal('inapplicable'), reason: z.string() }),
  z.strictObject({ id: z.string(), outcome: z.literal('skipped'), reason: z.string() }),
  z.strictObject({ id: z.string(), outcome: z.literal('crashed'), reason: z.string() }),
]);

const envelope = {
  schema: z.literal('dblock.report/1'),
  tool: z.strictObject({ name: z.literal('dblock'), version: z.string(), sqliteVersion: z.string() }),
  startedAt: z.iso.datetime(),
  durationMs: z.number().nonnegative(),
  verdict: z.enum(['ok', 'warning', 'critical', 'incomplete']),
  exitCode: z.union([z.literal(0), z.literal(1), z.literal(2)]),
};

const givenShape = z
  .string()
  .describe('the argument, variable or configuration entry that named it, as typed');

const unexaminedShape = z
  .array(z.strictObject({ path: z.string(), given: z.string(), reason: z.string() }))
  .describe('databases that could not be looked at; if there are any, the verdict is incomplete');

const doctorReportShape = z.strictObject({
  ...envelope,
  command: z.literal('doctor'),
  databases: z.array(
    z.strictObject({
      path: z.string(),
      given: givenShape,
      evidence: evidenceShape,
      outcomes: z.array(outcomeShape),
    }),
  ),
  unexamined: unexaminedShape,
});

const locksReportShape = z.strictObject({
  ...envelope,
  command: z.literal('locks'),
  databases: z.array(
    z.strictObject({
      path: z.string(),
      given: givenShape,
      rows: z.array(lockRowShape),
      limits: z.array(z.string()).describe('what could not be seen, and why'),
    }),
  ),
  unexamined: unexaminedShape,
});

const checkpointStatusShape = walStatusShape.extend({
  attached: z.array(lockRowShape),
  limits: z.array(z.string()).describe('why somebody may be missing among the attached'),
});

export const checkpointDatabaseShape = z.strictObject({
  path: z.string(),
  given: givenShape,
  requestedMode: checkpointModeShape,
  before: checkpointStatusShape,
  outcome: checkpointOutcomeShape,
  after: checkpointStatusShape
    .nullable()
    .describe('null: nothing was done, or it could not be looked at again'),
  savedFiles: z.array(z.string()).describe('copies of the WAL or journal that a crash had left'),
  notes: z.array(z.string()),
});

const checkpointReportShape = z.strictObject({
  ...envelope,
  command: z.literal('checkpoint'),
  databases: z.array(checkpointDatabaseShape),
  unexamined: unexaminedShape,
});

const requeueReportShape = z.strictObject({
  ...envelope,
  command: z.literal('requeue-orphans'),
  databases: z.array(requeueDatabaseShape),
  unexamined: unexaminedShape,
});

const stressReportShape = z.strictObject({
  ...envelope,
  command: z.literal('stress'),
  ...stressResultShape.shape,
  comparison: comparisonShape
    .nullable()
    .describe('null: --compare was not given, or no round of it was played to its end'),
});

export const fixDatabaseShape = z.strictObject({
  path: z.string(),
  given: givenShape,
  mode: z.enum(['preview', 'apply']),
  summary: z.string(),
  repairs: z.array(fixRepairShape),
  unrepaired: z.array(unrepairedShape).describe('findings that dblock does not repair'),
  backup: fixBackupShape.nullable().describe('null: nothing was begun'),
  appeared: z.array(z.string()).describe('findings that are new after the repairs'),
  notes: z.array(z.string()),
});

const fixReportShape = z.strictObject({
  ...envelope,
  command: z.literal('fix'),
  databases: z.array(fixDatabaseShape),
  unexamined: unexaminedShape,
});

export const reportShape = z.discriminatedUnion('command', [
  doctorReportShape,
  locksReportShape,
  checkpointReportShape,
  requeueReportShape,
  stressReportShape,
  fixReportShape,
]);

/** JSON Schema of what `--format json` prints: draft 2020-12, names in snake_case. */
export function reportJsonSchema(): object {
  return published(reportShape, 'dblock.report/1', 'What dblock prints with --format json.');
}

const located = { path: z.string(), given: givenShape };

/** A line of `--format ndjson`. */
export const reportLineShape = z.union([
  ...outcomeShape.options.map((outcome) => outcome.extend({ type: z.literal('outcome'), ...located })),
  lockRowShape.extend({ type: z.literal('lock'), ...located }),
  z.strictObject({ type: z.literal('limit'), ...located, limit: z.string() }),
  checkpointDatabaseShape.extend({ type: z.literal('checkpoint') }),
  requeueDatabaseShape.extend({ type: z.literal('requeue') }),
  fixDatabaseShape.extend({ type: z.literal('fix') }),
  z.strictObject({ type: z.literal('unexamined'), ...located, reason: z.string() }),
  z.strictObject({
    type: z.literal('report').describe('the last line: without it the output is not complete'),
    ...envelope,
    command: z.enum(['doctor', 'locks', 'checkpoint', 'requeue-orphans', 'fix']),
    databasesExamined: z.number().int().nonnegative(),
    databasesUnexamined: z.number().int().nonnegative(),
  }),
  runResultShape.extend({ type: z.literal('run'), run: z.number().int().positive() }),
  thresholdResultShape.extend({ type: z.literal('threshold') }),
  stressReportShape.omit({ thresholds: true }).extend({
    type: z.literal('report').describe('the last line: without it the output is not complete'),
    runs: z.number().int().nonnegative(),
  }),
]);

/** JSON Schema of each line of `--format ndjson`. */
export function reportLineJsonSchema(): object {
  return published(
    reportLineShape,
    'dblock.report/1 line',
    'A line of what dblock prints with --format ndjson.',
  );
}

/** What `doctor --evidence FILE` writes. */
export const evidenceFileShape = z.strictObject({
  schema: z.literal('dblock.evidence-file/1'),
  tool: z.strictObject({ name: z.literal('dblock'), version: z.string() }),
  databases: z.array(z.strictObject({ given: givenShape, evidence: evidenceShape })).min(1),
});

export function evidenceJsonSchema(): object {
  return published(evidenceFileShape, 'dblock.evidence-file/1', 'What dblock doctor --evidence saves.');
}

function published(shape: z.ZodType, title: string, description: string): object {
  const growth = 'Later versions of dblock may add properties; none is renamed or removed under this title.';
  const schema = snakeSchema(z.toJSONSchema(shape.meta({ title, description: `${description} ${growth}` })));
  if (typeof schema !== 'object' || schema === null) throw new Error(`no schema for ${title}`);
  return schema;
}
