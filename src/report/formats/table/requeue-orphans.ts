import type { Applied, JobGroup, JobLine, QueueReport, RequeueDatabase } from '../../../queue/shapes.js';
import { formatCount, formatDuration, plural } from '../../../units.js';
import { HIDDEN_COMMAND } from '../../prose.js';
import type { RequeueReport } from '../../report.js';
import { isPrintable, sanitise } from '../../sanitise.js';
import type { Tone } from '../../style.js';
import type { FormatContext } from '../format.js';
import { type Page, pageOf, paragraphs, prose, toned } from './page.js';
import { unexaminedLines } from './unexamined.js';

/** Per database and queue: the states, then orphans, protected and unknown jobs apart, and what to type next. */
export function render(report: RequeueReport, context: FormatContext): string {
  const page = pageOf(context);
  const parts = [
    unexaminedLines(page, report),
    ...report.databases.map((database) => databaseLines(page, database)),
  ];
  return `${paragraphs(parts)}\n`;
}

const TONES = {
  clear: 'ok',
  found: 'warning',
  done: 'ok',
  partly: 'warning',
  refused: 'critical',
  failed: 'incomplete',
} as const satisfies Record<RequeueDatabase['outcome'], Tone>;

/** That nothing is proven is no good news as long as something is not known. */
function toneOf({ outcome, queues }: RequeueDatabase): Tone {
  const isUnsure = queues.some(({ unknown }) => unknown.count > 0);
  return outcome === 'clear' && isUnsure ? 'warning' : TONES[outcome];
}

function databaseLines(page: Page, database: RequeueDatabase): string[] {
  const head = [...toned(page, toneOf(database), database.summary), page.style.bold(sanitise(database.path))];
  return [
    ...head,
    ...refusalLines(page, database),
    ...database.queues.flatMap((queue) => ['', ...queueLines(page, queue)]),
    ...unclearLines(page, database),
    ...database.savedFiles.flatMap((file) => prose(page, `Saved before it was opened: ${file}`, 0, 2)),
    ...database.notes.flatMap((note) => prose(page, `Note: ${note}`, 0, 2)),
    ...adviceLines(page, database),
  ];
}

function refusalLines(page: Page, { refusals }: RequeueDatabase): string[] {
  return refusals.flatMap(({ check, reason, remedy }) => [
    ...prose(page, `Because of ${check}: ${reason}`, 2),
    ...prose(page, `Do: ${remedy.text}`, 2),
    ...commandLines(page, remedy.commands),
  ]);
}

/** Tables that only the user can explain. */
function unclearLines(page: Page, { ambiguous, proposals, unmapped }: RequeueDatabase): string[] {
  return [
    ...ambiguous.flatMap(({ table, presets }) =>
      prose(page, `${table} fits ${presets.join(' and ')} equally well: say which with --preset.`, 0, 2),
    ),
    ...unmapped.flatMap(({ table, reason }) =>
      prose(page, `${table} looks like a queue, and is left alone: ${reason}.`, 0, 2),
    ),
    ...proposals.flatMap(({ table, configuration, sees }) => [
      '',
      ...prose(page, `${table} as dblock understands it (${sees.join('; ')}), for dblock.config.json:`),
      ...configuration.split('\n').map((line) => `    ${page.style.command(sanitise(line))}`),
    ]),
  ];
}

function commandLines({ style }: Page, commands: readonly string[]): string[] {
  return commands.map(
    (command) => `      ${isPrintable(command) ? style.command(command) : style.dim(HIDDEN_COMMAND)}`,
  );
}

function adviceLines(page: Page, { advice }: RequeueDatabase): string[] {
  if (advice.text === '') return [];
  return ['', ...prose(page, advice.text), ...commandLines(page, advice.commands)];
}

function queueLines(page: Page, queue: QueueReport): string[] {
  const counts = Object.entries(queue.countsAfter ?? queue.counts).map(
    ([state, count]) => `${formatCount(count)} ${state}`,
  );
  const tables = Object.values(queue.tables).slice(0, 2).join(', ');
  const head = [
    page.style.bold(sanitise(`${queue.name} (${queue.preset}), ${tables}`)),
    ...prose(
      page,
      `${queue.applied === null ? '' : 'Now '}${counts.length === 0 ? 'no jobs' : counts.join(', ')}`,
      2,
    ),
    ...groupLines(page, queue.applied === null ? 'Orphans' : 'Orphans found', queue.orphans, queue.rowsAre),
    ...groupLines(page, 'Orphans that must be left alone', queue.obstructed, queue.rowsAre),
    ...groupLines(page, 'Failed only because of a lock', queue.lockFailures),
  ];
  if (page.detail === 'quiet') return [...head, ...appliedLines(page, queue)];
  return [
    ...head,
    ...groupLines(page, 'Protected', queue.alive, queue.rowsAre),
    ...aliveAdvice(page, queue),
    ...groupLines(page, 'Unknown', queue.unknown, queue.rowsAre),
    ...(queue.applied === null ? clockLines(page, queue) : []),
    ...queue.notes.flatMap((note) => prose(page, `Note: ${note}`, 2, 4)),
    ...changeLines(page, queue),
    ...appliedLines(page, queue),
    ...wayOutLines(page, queue),
  ];
}

/** A job that was to be marked as failed when the database was locked stays claimed by a worker that lives. */
const LONG_CLAIM_MS = 3_600_000;

function aliveAdvice(page: Page, { alive }: QueueReport): string[] {
  if (!alive.examples.some(({ ageMs }) => (ageMs ?? 0) > LONG_CLAIM_MS)) return [];
  const text =
    'If marking such a job as failed met a lock, its worker keeps it for ever: stop the worker, or use --force.';
  return prose(page, text, 4, 6);
}

function clockLines(page: Page, { clocks }: QueueReport): string[] {
  return clocks.flatMap(({ column, format, zone, newest, newestAt }) => {
    if (newest === null) return [];
    const meaning = newestAt === null ? 'which names no moment: --tz says of which zone it is' : newestAt;
    const of = zone === null ? format : `${format} in ${zone}`;
    return prose(page, `Time: ${column} is ${of}; the newest is ${newest}, ${meaning}.`, 2, 4);
  });
}

function changeLines(page: Page, queue: QueueReport): string[] {
  const { orphans, changes, ownRescue, ifAlive, acts, applied } = queue;
  if (orphans.count === 0 || applied !== null) return [];
  return [
    ...(acts ? changes.flatMap((change) => prose(page, `Change: ${change}.`, 2, 4)) : []),
    ...prose(page, `By itself: ${ownRescue}`, 2, 4),
    ...(acts ? prose(page, `If its worker lives after all: ${ifAlive}`, 2, 4) : []),
  ];
}

function appliedLines(page: Page, { acts, applied, exhausted, skipped }: QueueReport): string[] {
  const spent =
    exhausted === 0 ? [] : [`${plural(exhausted, 'of them has', 'of them have')} no attempts left`];
  const left =
    skipped === 0 || !acts
      ? []
      : [`${plural(skipped, 'is', 'are')} left as ${skipped === 1 ? 'it is' : 'they are'}`];
  const notes = [...spent, ...left];
  return [
    ...(notes.length === 0 ? [] : prose(page, `${notes.join('; ')}.`, 2, 4)),
    ...(applied === null ? [] : doneLines(page, applied)),
  ];
}

function doneLines(page: Page, applied: Applied): string[] {
  const { transactions, longestHoldMs, waitedMs, durationMs, refused } = applied;
  const waited = waitedMs === 0 ? '' : `, after waiting ${formatDuration(waitedMs)} for others`;
  const text = `${plural(transactions, 'transaction')} in ${formatDuration(durationMs)}; the write lock was held for ${formatDuration(longestHoldMs)} at most${waited}.`;
  return [
    ...prose(page, `Done: ${text}`, 2, 4),
    ...refused.flatMap(({ id, reason }) => prose(page, `Refused: job ${id}: ${reason}`, 2, 4)),
  ];
}

function wayOutLines(page: Page, { wayOut }: QueueReport): string[] {
  if (wayOut === null) return [];
  return [
    ...prose(page, `dblock changes nothing here. ${wayOut.why}`, 2, 4),
    ...prose(page, wayOut.text, 2, 4),
    ...wayOut.commands.map((command) => `      ${page.style.command(command)}`),
  ];
}

/** Those that failed are jobs always. */
const JOBS: Pick<QueueReport['rowsAre'], 'one' | 'many'> = { one: 'job', many: 'jobs' };

function groupLines(
  page: Page,
  label: string,
  group: JobGroup | null,
  { one, many }: typeof JOBS = JOBS,
): string[] {
  if (group === null || group.count === 0) return [];
  const { count, examples } = group;
  const shown = page.detail === 'verbose' ? examples : examples.slice(0, MOST_EXAMPLES);
  const rest = count - shown.length;
  return [
    ...prose(page, `${label}: ${plural(count, one, many)}`, 2),
    ...shown.flatMap((job) => prose(page, jobText(job, one), 4, 6)),
    ...(rest === 0 ? [] : prose(page, `and ${formatCount(rest)} more`, 4)),
  ];
}

const MOST_EXAMPLES = 5;

function jobText(
  { id, queue, kind, ageMs, owner, attempts, maxAttempts, proof, because }: JobLine,
  what: string,
): string {
  const parts = [
    queue === null ? [] : `queue ${queue}`,
    kind ?? [],
    ageMs === null
      ? []
      : `${proof === 'lock-failure' ? 'failed' : 'claimed'} ${formatDuration(Math.max(0, ageMs))} ago`,
    owner === null ? [] : `by ${owner}`,
    attempts === null ? [] : `attempts ${attempts}${maxAttempts === null ? '' : ` of ${maxAttempts}`}`,
  ].flat();
  return `${what} ${id}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}: ${because}`;
}
