/** A preview of one queue: what is in it, and what would become of each claimed job. Changes nothing. */
import type { RowConnection } from '../sqlite/row-connection.js';
import type { Milliseconds } from '../units.js';
import type { BoundQueue } from './bind.js';
import { readTime } from './clock.js';
import { describeChanges, plain } from './describe-changes.js';
import type { Facts } from './judge.js';
import { type Decision, decideClaim, decideFailure, GroupBuilder, toLine, type Wish } from './plan.js';
import type { Acts, Claims, TimeColumn } from './preset.js';
import { claimSource, eachPage, failureSource, type Job, type JobFilter, type JobSource } from './read.js';
import type { Fate, JobGroup, JobLine, QueueClock, QueueReport } from './shapes.js';

export interface ExamineRequest {
  readonly wish: Wish;
  readonly filter: JobFilter;
  /** `null`: no limit. */
  readonly limit: number | null;
  readonly includeLockFailures: boolean;
  /** How many examples of each kind are kept. */
  readonly examples: number;
}

const PAGE_ROWS = 5000;

/** Throws `SqliteFailure`. */
export function examineQueue(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): QueueReport {
  const sorted = sortClaims(connection, queue, facts, request);
  return {
    ...describeQueue(connection, queue, facts, request),
    ...sorted,
    notes: notesOn(sorted),
    lockFailures: sortFailures(connection, queue, facts, request),
    ...{ applied: null, countsAfter: null },
  };
}

/** Of what was found. */
export function notesOn({ orphans }: Sorted): string[] {
  return orphans.examples.some(({ proof }) => proof === 'nobody-attached') ? [NOBODY_NOTE] : [];
}

type Described = Omit<QueueReport, keyof Sorted | 'lockFailures' | 'applied' | 'countsAfter'>;

/** What such a proof does not see. */
const NOBODY_NOTE =
  'That nobody has the database open is told by this host, and of this moment: it says nothing of other hosts, of containers with a /proc of their own, and of workers that open a connection for single statements only.';

/** All but the jobs themselves. */
export function describeQueue(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): Described {
  const { preset } = queue;
  const { action, claims } = preset;
  return {
    ...{ preset: preset.id, name: preset.name },
    tables: Object.fromEntries(Object.entries(queue.tables).map(([role, { name }]) => [role, name])),
    counts: countStates(connection, queue, facts.nowMs),
    clocks: claims ? clocksOf(connection, queue, claims, request.wish) : [],
    acts: action.kind === 'acts',
    changes: action.kind === 'acts' && claims ? describeChanges(queue, action, claims, request.wish) : [],
    notes: [],
    ownRescue: preset.prose.ownRescue,
    ifAlive: preset.prose.ifAlive,
    wayOut:
      action.kind === 'explains'
        ? { why: action.why, text: action.wayOut, commands: [...action.commands] }
        : null,
  };
}

type Sorted = Pick<QueueReport, 'orphans' | 'obstructed' | 'alive' | 'unknown' | 'exhausted' | 'skipped'>;

/** Puts claims into groups: exact counts, and a few examples of each. */
export class ClaimSorter {
  readonly #groups: Readonly<Record<Decision['verdict'], GroupBuilder>>;
  readonly #decide: (job: Job) => Decision;
  readonly #line: (job: Job, decision: Decision) => JobLine;
  readonly #limit: number;
  #exhausted = 0;
  #changed = 0;
  #skipped = 0;

  constructor(queue: BoundQueue, claims: Claims, facts: () => Facts, request: ExamineRequest) {
    const { wish, limit, examples } = request;
    const { action } = queue.preset;
    const make = () => new GroupBuilder(examples);
    this.#groups = { orphan: make(), obstructed: make(), alive: make(), unknown: make() };
    this.#decide = (job) => decideClaim(job, claims, action, facts(), wish);
    this.#line = (job, decision) => toLine(job, decision, claims, facts().nowMs, wish);
    this.#limit = limit ?? Number.POSITIVE_INFINITY;
  }

  decide(job: Job): Decision {
    return this.#decide(job);
  }

  /** Decides, counts, and says what is to be done: nothing beyond the limit. */
  sort(job: Job): Fate {
    const decision = this.#decide(job);
    const fate = this.#changed >= this.#limit ? 'none' : decision.fate;
    this.#groups[decision.verdict].add(() => this.#line(job, { ...decision, fate }));
    if (decision.verdict !== 'orphan') return 'none';
    if (decision.exhausted) this.#exhausted += 1;
    if (fate === 'none') this.#skipped += 1;
    else this.#changed += 1;
    return fate;
  }

  /** Of jobs that were decided together; the first few are sorted one by one, for the examples. */
  sortAlike(job: Job, count: number): void {
    const decision = this.#decide(job);
    this.#groups[decision.verdict].addMany(count);
    if (decision.exhausted) this.#exhausted += count;
    this.#changed += count;
  }

  build(): Sorted {
    const { orphan, obstructed, alive, unknown } = this.#groups;
    return {
      ...{ exhausted: this.#exhausted, skipped: this.#skipped },
      ...{ orphans: orphan.build(), obstructed: obstructed.build() },
      ...{ alive: alive.build(), unknown: unknown.build() },
    };
  }
}

function sortClaims(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): Sorted {
  const { claims, action } = queue.preset;
  if (!claims) return NOTHING;
  const sorter = new ClaimSorter(queue, claims, () => facts, request);
  const source = claimSource(claims, obstaclesOf(action));
  eachJob(connection, queue, source, facts.nowMs, request.filter, (job) => sorter.sort(job));
  return sorter.build();
}

const NO_JOBS: JobGroup = { count: 0, examples: [] };
const NOTHING: Sorted = {
  ...{ exhausted: 0, skipped: 0, orphans: NO_JOBS, obstructed: NO_JOBS, alive: NO_JOBS, unknown: NO_JOBS },
};

export function obstaclesOf(action: BoundQueue['preset']['action']): NonNullable<Acts['obstacles']> {
  return action.kind === 'acts' ? (action.obstacles ?? []) : [];
}

function eachJob(
  connection: RowConnection,
  queue: BoundQueue,
  source: JobSource,
  nowMs: Milliseconds,
  filter: JobFilter,
  use: (job: Job) => void,
): void {
  const request = { nowMs, filter, pageRows: PAGE_ROWS, after: null };
  eachPage(connection, queue, source, request, (page) => {
    page.forEach(use);
    return true;
  });
}

function sortFailures(
  connection: RowConnection,
  queue: BoundQueue,
  facts: Facts,
  request: ExamineRequest,
): JobGroup | null {
  const source = failureSourceOf(queue, request);
  if (!source) return null;
  const sorter = new FailureSorter(source, facts.nowMs, request);
  eachJob(connection, queue, source, facts.nowMs, request.filter, (job) => sorter.sort(job));
  return sorter.build();
}

/** `null`: not asked for, or the framework keeps none here. */
export function failureSourceOf(
  { preset: { action }, tables }: BoundQueue,
  { includeLockFailures }: ExamineRequest,
): JobSource | null {
  const failures = action.kind === 'acts' ? action.lockFailures : undefined;
  return includeLockFailures && failures && tables[failures.table] ? failureSource(failures) : null;
}

/** The same for jobs that failed because of a lock. */
export class FailureSorter {
  readonly #group: GroupBuilder;
  readonly #line: (job: Job, decision: Decision) => JobLine;

  constructor(source: JobSource, nowMs: Milliseconds, { wish, examples }: ExamineRequest) {
    this.#group = new GroupBuilder(examples);
    this.#line = (job, decision) => toLine(job, decision, source.claims, nowMs, wish);
  }

  sort(job: Job): Fate {
    const decision = decideFailure(job);
    this.#group.add(() => this.#line(job, decision));
    return decision.fate;
  }

  build(): JobGroup {
    return this.#group.build();
  }
}

export function countStates(
  connection: RowConnection,
  queue: BoundQueue,
  nowMs: Milliseconds,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { from, state } of queue.preset.counts) {
    if (!queue.canUse(from) || !queue.canUse(state)) continue;
    const sql = queue.text(`SELECT ${state} AS state, count(*) FROM ${from} GROUP BY 1`, nowMs);
    for (const [name, count] of connection.rows(sql)) {
      counts[String(name)] = (counts[String(name)] ?? 0) + Number(count);
    }
  }
  return counts;
}

/** What the times are taken for, with the newest value as an example that anybody can check. */
function clocksOf(
  connection: RowConnection,
  queue: BoundQueue,
  claims: Claims,
  { zone }: Wish,
): QueueClock[] {
  const columns = [claims.claimedAt, claims.heartbeat, claims.lease].flatMap((time) => time ?? []);
  return columns.map((time) => clockOf(connection, queue, claims, time, zone));
}

function clockOf(
  connection: RowConnection,
  queue: BoundQueue,
  claims: Claims,
  time: TimeColumn,
  zone: Wish['zone'],
): QueueClock {
  const from = `{${claims.table}} AS ${claims.table} ${claims.joins ?? ''}`;
  const sql = queue.text(`SELECT CAST(max(${time.sql}) AS TEXT) FROM ${from} WHERE ${claims.where}`, 0);
  const newest = connection.rows(sql)[0]?.[0] ?? null;
  const meant = time.zone === 'utc' ? 'utc' : zone;
  const read = readTime(newest, time.format, meant);
  return {
    column: plain(time.sql, claims.table),
    format: time.format,
    zone: time.format !== 'text' || meant === null ? null : meant === 'utc' ? 'UTC' : meant.timeZone,
    newest: newest === null ? null : String(newest),
    newestAt: read.kind === 'time' ? isoOrNull(read.ms) : null,
  };
}

const LAST_DATE_MS = 8.64e15;

function isoOrNull(ms: Milliseconds): string | null {
  return Math.abs(ms) <= LAST_DATE_MS ? new Date(ms).toISOString() : null;
}
