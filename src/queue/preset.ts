/**
 * What a queue is to dblock: how its tables look, which rows are claimed, who claimed them, and what the framework
 * itself would write to give a job back.
 *
 * To add a preset: one file in presets/ that calls `definePreset`, one line in presets/index.ts, one test that gives
 * rows to test/queue/preset-fixture.ts. A preset is data: SQL texts and a parser for the owner, no code that runs SQL.
 *
 * In every SQL text
 * - `{role}` is the quoted name of the table that was found for a role of `tables`;
 * - the row in question goes by its role: `{jobs}` is read as `FROM {jobs} AS jobs`, so its columns are `jobs.id`, …;
 * - `{now:FORMAT}` is the time as a literal: `{now:unix-s}`, `{now:unix-ms}`, `{now:unix-us}`, `{now:unix-ns}`, or a
 *   pattern in UTC such as `{now:YYYY-MM-DD HH:MM:SS.ffffff}` or `{now:YYYY-MM-DDTHH:MM:SS.fffZ}`.
 * dblock repeats what it observed inside the transaction (compare-and-set), journals and undoes: no SQL here has to.
 */
import type { Milliseconds, Pid } from '../units.js';

export type Sql = string;

/** How the table is recognised: by columns (in any case), never by its name alone. */
export interface TableRule {
  /** What the framework calls it by default. Chooses among tables with the same columns, prefixes allowed. */
  readonly named: string;
  /** It has all of these, and may have more. */
  readonly columns: readonly string[];
  /** It has none of these: they mean another framework, or another version. */
  readonly without?: readonly string[];
  /** It has no others: for names so common that only all of them together are telling. */
  readonly exactly?: true;
  /** The preset works without it; what refers to it is then left out. */
  readonly optional?: true;
}

/** What a job is, for counting. `claimed` are those that may be orphans. */
export const jobStates = [
  'queued',
  'delayed',
  'blocked',
  'claimed',
  'retryable',
  'done',
  'failed',
  'cancelled',
  'other',
] as const;
export type JobState = (typeof jobStates)[number];

/** `SELECT state, count(*) FROM from GROUP BY 1`. */
export interface Count {
  readonly from: Sql;
  /** An expression that gives a `JobState`; a literal is written `'failed'` with its quotes. */
  readonly state: Sql;
}

/** `text`: ISO 8601, with `T` or a blank, any fraction, with or without a zone. `ticks`: .NET, 100 ns since year 1. */
export const timeFormats = [
  'unix-s',
  'unix-ms',
  'unix-us',
  'unix-ns',
  'ticks',
  'julian-day',
  'text',
] as const;
export type TimeFormat = (typeof timeFormats)[number];

export interface TimeColumn {
  readonly sql: Sql;
  /** What the framework writes. Values that do not fit are *unknown*, and so is what depends on them. */
  readonly format: TimeFormat;
  /** What a text without a zone means; `ask`: the framework may have written local time, so only `--tz` tells. */
  readonly zone?: 'utc' | 'ask';
}

/** Who claimed a job, as far as the text says. */
export type Owner =
  /** `host: null`: the text names none. */
  | { readonly kind: 'process'; readonly pid: Pid; readonly host: string | null }
  /** Names somebody whom no other process can look up. */
  | { readonly kind: 'opaque' };

export interface OwnerColumn {
  /** NULL: nobody is named. */
  readonly sql: Sql;
  parse(text: string): Owner;
}

/** Rows of one table, each of which is a job, or stands for one. */
export interface JobRows {
  /** The role whose rows these are. */
  readonly table: string;
  /** Follows `FROM {table} AS table`; the other side must be unique, so that no row comes twice. */
  readonly joins?: Sql;
  readonly where: Sql;
  /** What the user knows the job by: what `--id` takes and the report shows. */
  readonly id: Sql;
  readonly queue?: Sql;
  /** The class or type of the job, for the report. */
  readonly kind?: Sql;
  /** More columns of `table` that a worker changes when it takes or finishes the job; times, owner, … are repeated anyway. */
  readonly observed: readonly string[];
}

/** What is known of a claim, and what may prove its claimer dead. */
export interface Claims extends JobRows {
  /** Where they are not jobs that are requeued: what they are, and what becomes of them ("2 locks removed"). */
  readonly rowsAre?: { readonly one: string; readonly many: string; readonly freed: string };
  /** Absent: the framework does not write it. */
  readonly claimedAt?: TimeColumn;
  readonly owner?: OwnerColumn;
  /** True where the framework's own books say that the claimer is gone; `because` completes "it is an orphan: …". */
  readonly disowned?: { readonly sql: Sql; readonly because: string };
  /** Of the claim, or of a joined row of its process. Older than `limitMs` means dead. */
  readonly heartbeat?: TimeColumn & { readonly limitMs: Milliseconds; readonly source: string };
  /** Until when the claim is valid. */
  readonly lease?: TimeColumn;
  /** When the framework itself takes a job from a claimer; proves death only where `fenced`. */
  readonly timeout?: { readonly ms: Milliseconds; readonly setting: string };
  /** A late worker cannot finish or spoil a job that was given back meanwhile. */
  readonly fenced: boolean;
  /**
   * Its workers keep the database open while they run a job: then that nobody has it open proves them gone. Not those
   * whose connections are closed when idle, or that open one for each operation.
   */
  readonly keepsOpen: boolean;
  readonly attempts?: Attempts;
}

export interface Attempts {
  /** How many are used up, the one that is under way included if it was counted at claim. */
  readonly used: Sql;
  /** Absent, or NULL: the limit is not in the database. */
  readonly max?: Sql;
  /** Where the limit is, in words, if it is not (always) in the database. */
  readonly limitIn?: string;
  readonly counted: 'at-claim' | 'at-end';
  /** What gives the attempt back that was counted at claim: added to `requeue`, unless `--no-refund`. */
  readonly refund?: Readonly<Record<string, Sql>>;
}

/** Which rows of another table belong to a job: those whose `column` equals `is`, an expression of the job's row. */
export interface Matching {
  readonly column: string;
  readonly is: Sql;
  /** More columns that must be equal. */
  readonly and?: Readonly<Record<string, Sql>>;
}

/** Steps run in order, for all jobs of a transaction at once. Without `matching` it is the job's own row. */
export type Step =
  | { readonly update: string; readonly set: Readonly<Record<string, Sql>>; readonly matching?: Matching }
  | { readonly delete: string; readonly matching?: Matching }
  /** One row a job; `values` are expressions of the job's row and its joins. An existing row with that match is kept. */
  | { readonly insert: string; readonly values: Readonly<Record<string, Sql>>; readonly matching: Matching };

/** A reason to leave a job alone, which SQL can see: its unique key is queued again, it has finished already, … */
export interface Obstacle {
  readonly when: Sql;
  /** Completes "left alone: …". */
  readonly because: string;
}

/** Jobs that the framework marked failed only because the database was locked. */
export interface LockFailures extends JobRows {
  /** The error as text; dblock looks for SQLite's "database is locked" in it, and for names such as BusyException. */
  readonly error: Sql;
  readonly failedAt?: TimeColumn;
  /** What the framework's own retry command does. */
  readonly retry: readonly Step[];
  readonly obstacles?: readonly Obstacle[];
}

export interface Acts {
  readonly kind: 'acts';
  readonly requeue: readonly Step[];
  /** `--mode fail`, and exhausted jobs. Absent: the framework has no such state. */
  readonly fail?: readonly Step[];
  readonly obstacles?: readonly Obstacle[];
  readonly lockFailures?: LockFailures;
  /** What else its user has to know: a sentence or two for the report. */
  readonly note?: string;
}

export interface Explains {
  readonly kind: 'explains';
  /** Why dblock changes nothing. */
  readonly why: string;
  /** What to do instead: a sentence or two, then commands. */
  readonly wayOut: string;
  readonly commands: readonly string[];
}

/**
 * What the framework's workers write, so that `dblock stress` can play workers on this table: of the one that the claims
 * are of, in SQL as everywhere. `{worker:pid}` and `{worker:host}` are those of whoever plays one; `{now:…}` is the moment.
 */
export interface Work {
  /** For people: what becomes of a row, such as `status: queued → running → done`. */
  readonly states: string;
  /** A job that may be taken now. */
  readonly waiting: Sql;
  /** ORDER BY: which of them is the next. */
  readonly order: Sql;
  readonly claim: Readonly<Record<string, Sql>>;
  /** `delete`: its row is deleted. */
  readonly done: Readonly<Record<string, Sql>> | 'delete';
  /** For good: nobody takes it again. */
  readonly fail: Readonly<Record<string, Sql>> | 'delete';
  /** Makes a job of any state, of a copy of the database, one that may be taken. */
  readonly renew: Readonly<Record<string, Sql>>;
}

export interface Preset {
  readonly id: string;
  /** As people call it. */
  readonly name: string;
  readonly sources: readonly string[];
  readonly tables: Readonly<Record<string, TableRule>>;
  readonly counts: readonly Count[];
  /** Absent: nothing in the database says which jobs are claimed. */
  readonly claims?: Claims;
  readonly action: Acts | Explains;
  /** Absent: a claim is no UPDATE of the row of the job, so that nobody can be played who does that. */
  readonly work?: Work;
  readonly prose: {
    /** What the framework does by itself about a job whose worker died. */
    readonly ownRescue: string;
    /** What happens to a job that is requeued while its worker lives. */
    readonly ifAlive: string;
  };
}

const ROLE = /\{([a-z][A-Za-z]*)\}/g;

/** The roles that an SQL text refers to. */
export function rolesIn(sql: Sql): string[] {
  return [...new Set([...sql.matchAll(ROLE)].map(([, role = '']) => role))];
}

/** Checks what the compiler cannot: that every role exists. Throws an Error about a mistake in the preset. */
export function definePreset(preset: Preset): Preset {
  const known = Object.keys(preset.tables);
  const strangers = rolesIn(JSON.stringify(preset)).filter((role) => !known.includes(role));
  const own = [preset.claims?.table, lockFailuresOf(preset)?.table, ...stepsOf(preset).map(tableOf)];
  strangers.push(...own.flatMap((role) => (role === undefined || known.includes(role) ? [] : role)));
  if (strangers.length > 0) throw new Error(`${preset.id}: no table is declared for ${strangers.join(', ')}`);
  if (preset.action.kind === 'acts' && !preset.claims) throw new Error(`${preset.id} acts on no claims`);
  return preset;
}

function lockFailuresOf({ action }: Preset): LockFailures | undefined {
  return action.kind === 'acts' ? action.lockFailures : undefined;
}

function stepsOf({ action }: Preset): Step[] {
  if (action.kind === 'explains') return [];
  return [...action.requeue, ...(action.fail ?? []), ...(action.lockFailures?.retry ?? [])];
}

/** The role that a step changes. */
export function tableOf(step: Step): string {
  if ('update' in step) return step.update;
  return 'insert' in step ? step.insert : step.delete;
}
