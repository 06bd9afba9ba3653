/**
 * The configuration file: one source for its validation and for the JSON Schema that ships.
 * Loaded only when there is a configuration: zod takes longer to load than doctor takes to run.
 */
import { z } from 'zod';
import { didYouMean } from './nearest.js';
import { quote, UsageProblem } from './problem.js';

/** The largest that sqlite3_busy_timeout() and wal_autocheckpoint take: a C int. */
const LARGEST_INT = 2 ** 31 - 1;

/** Ends the sentence that begins with the path of the value. */
type Complaint = (issue: { readonly input?: unknown }) => string;

function must(be: string): Complaint {
  return ({ input }) =>
    input === undefined ? `is missing: it must be ${be}.` : `must be ${be}, not ${show(input)}.`;
}

/** Values of a short list, with the nearest one named. */
function oneOf<const T extends readonly string[]>(values: T) {
  const complain: Complaint = (issue) =>
    must(`one of ${values.join(', ')}`)(issue) +
    (typeof issue.input === 'string' ? didYouMean(issue.input, values) : '');
  return z.enum(values, { error: complain });
}

function wholeNumber(least: number, description: string) {
  const error = must(`a whole number from ${least}`);
  const tooLarge = must(`at most ${LARGEST_INT}`);
  return z.int({ error }).min(least, { error }).max(LARGEST_INT, { error: tooLarge }).describe(description);
}

function text(be: string, description: string) {
  const error = must(be);
  return z.string({ error }).regex(/\S/, { error }).describe(description);
}

/** An object with these keys and no others; a stranger is reported with the nearest known name. */
function object<S extends z.ZodRawShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownKey(issue.keys[0] ?? '', known) : must('an object')(issue),
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const hint = didYouMean(key, known) || ` The keys are ${known.join(', ')}.`;
  return `has the unknown key ${quote(shorten(key))}.${hint}`;
}

/** What no outsider can see of the application's connections; the application's owner says it. */
const connectionsShape = object({
  busy_timeout_ms: wholeNumber(
    0,
    'PRAGMA busy_timeout of every connection, in milliseconds; 0 = none',
  ).optional(),
  begin: oneOf(['deferred', 'immediate', 'exclusive'])
    .describe('How transactions that write are begun; plain BEGIN is deferred')
    .optional(),
  synchronous: oneOf(['off', 'normal', 'full', 'extra']).describe('PRAGMA synchronous').optional(),
  autocheckpoint_pages: wholeNumber(0, 'PRAGMA wal_autocheckpoint, in pages; 0 = off').optional(),
  persistent: z
    .boolean({ error: must('true or false') })
    .describe('Whether connections stay open between requests or jobs')
    .optional(),
});

function muteShape(checkIds: readonly string[]) {
  const unknownCheck: Complaint = ({ input }) =>
    typeof input === 'string'
      ? `names no check: ${quote(shorten(input))}.${didYouMean(input, checkIds)}`
      : must('the id of a check')({ input });
  const check = z.enum(checkIds, { error: unknownCheck }).describe('Id of the check');
  return object({ check, reason: text('a reason in words', 'Why its findings are accepted') });
}

const TIME_FORMATS = ['unix-s', 'unix-ms', 'unix-us', 'unix-ns', 'ticks', 'julian-day', 'text'] as const;

function column(description: string) {
  return text('the name of a column', description).optional();
}

function value(description: string) {
  const error = must('text or a whole number');
  return z.union([z.string(), z.int()], { error }).describe(description);
}

/** A table of one's own, for requeue-orphans: the same as its options say. */
const queueShape = object({
  table: text('the name of a table', 'The table of the jobs'),
  id: column('What a job is known by; its key by default'),
  status: text('the name of a column', 'The status of a job'),
  running: z
    .union([value('Of a claimed job'), z.array(value('Of a claimed job')).min(1)], {
      error: must('a status, or an array of them'),
    })
    .describe('The status of a claimed job, or several'),
  queued: value('The status of a waiting job'),
  failed: value('The status of a failed job').optional(),
  done: value(
    'The status of a finished job, for stress; where none is known, a finished job is deleted',
  ).optional(),
  started: column('When the job was claimed'),
  started_format: oneOf(TIME_FORMATS).describe('Of started; found out from its values by default').optional(),
  owner: column('Who claimed it'),
  owner_is: oneOf(['pid', 'text']).describe('Whether a number in it is a pid').optional(),
  heartbeat: column('When its worker was last heard of'),
  heartbeat_limit_s: wholeNumber(1, 'How old a heartbeat may be, in seconds; 300 by default').optional(),
  lease: column('Until when the claim is valid'),
  attempts: column('How often the job was tried'),
  counted: oneOf(['at-claim', 'at-end']).describe('When an attempt is counted').optional(),
  max_attempts: z
    .union([z.string(), z.int().min(1)], { error: must('a number, or the name of a column') })
    .describe('How often it may be tried')
    .optional(),
  queue: column('Which queue the job belongs to'),
  keeps_open: z
    .boolean({ error: must('true or false') })
    .describe(
      'Its workers keep the database open while they run a job: nobody having it open proves them gone',
    )
    .optional(),
  also: z
    .record(z.string(), value('What it is set to'), { error: must('an object of columns and values') })
    .describe('What else requeueing sets')
    .optional(),
});

function configShape(checkIds: readonly string[]) {
  return object({
    $schema: z.string({ error: must('the address of a JSON Schema') }).optional(),
    databases: z
      .array(text('a path or a glob', 'Path, folder or glob, relative to this file'), {
        error: must('an array of paths or globs'),
      })
      .min(1, { error: must('an array of at least one path or glob') })
      .describe('The databases to examine when none is named')
      .optional(),
    fail_on: oneOf(['info', 'warning', 'critical', 'never'])
      .describe('The least severity that makes the exit code 1, as --fail-on; critical by default')
      .optional(),
    workers: wholeNumber(1, 'Processes or threads of the application that work on each database').optional(),
    mute: z
      .array(muteShape(checkIds), { error: must('an array of { "check", "reason" }') })
      .describe('Checks whose findings are accepted')
      .optional(),
    queues: z
      .array(queueShape, { error: must('an array of tables') })
      .describe('Tables of your own that are job queues, for requeue-orphans and stress')
      .optional(),
    connections: connectionsShape
      .describe('Settings of the connections of the application, which cannot be seen from outside')
      .optional(),
    thresholds: z
      .array(text('a threshold such as "wait.p99<100ms"', 'A metric, a comparison and a limit'), {
        error: must('an array of thresholds'),
      })
      .min(1, { error: must('an array of at least one threshold') })
      .describe('What dblock stress holds a run to, as --threshold')
      .optional(),
  });
}

export type QueueDocument = z.infer<typeof queueShape>;

export type ConfigDocument = z.infer<ReturnType<typeof configShape>>;

/**
 * Checks every key and value of a parsed configuration.
 * @param fileName begins the message
 * @param rootKey where the configuration stands in the file: `dblock` in package.json, else none
 * @throws UsageProblem about the first thing that is wrong, with its path
 */
export function validateConfig(
  document: unknown,
  { fileName, rootKey, checkIds }: ValidationContext,
): ConfigDocument {
  const result = configShape(checkIds).safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = formatPath([...(rootKey === null ? [] : [rootKey]), ...(issue?.path ?? [])]);
  const subject = path === '' ? `${fileName}` : `${fileName}: ${path}`;
  throw new UsageProblem(`${subject} ${issue?.message}`, { cause: result.error });
}

export interface ValidationContext {
  readonly fileName: string;
  readonly rootKey: string | null;
  readonly checkIds: readonly string[];
}

/** JSON Schema (draft 2020-12) of dblock.config.json, for editors. */
export function configJsonSchema(checkIds: readonly string[]): object {
  const schema = configShape(checkIds).meta({
    title: 'dblock configuration',
    description: 'dblock.config.json, or the "dblock" key of package.json',
  });
  return z.toJSONSchema(schema, { io: 'input' });
}

function formatPath(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

const LONGEST_VALUE = 40;

function show(value: unknown): string {
  try {
    return shorten(JSON.stringify(value));
  } catch (error) {
    if (error instanceof RangeError) return 'what is nested too deeply to be shown';
    throw error;
  }
}

function shorten(text: string): string {
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}
