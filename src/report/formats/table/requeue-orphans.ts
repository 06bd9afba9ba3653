import type { JobGroup, JobLine, QueueReport, RequeueDatabase } from '../../../queue/shapes.js';
import { formatCount, formatDuration, plural } from '../../../units.js';
import type { RequeueReport } from '../../report.js';
import { isPrintable, sanitise } from '../../sanitise.js';
import type { Tone } from '../../style.js';
import type { FormatContext } from '../format.js';
import { type Page, pageOf, prose, toned } from './page.js';
import { unexaminedLines } from './unexamined.js';

/** Per database and queue: the states, then orphans, protected and unknown jobs apart, and what to type next. */
export function render(report: RequeueReport, context: FormatContext): string {
  const page = pageOf(context);
  const parts = [
    unexaminedLines(page, report),
    ...report.databases.map((database) => databaseLines(page, database)),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const TONES = {
  clear: 'ok',
  found: 'warning',
  done: 'ok',
  partly: 'warning',
  refused: 'critical',
  failed: 'incomplete',
} as const satisfies Record<RequeueDatabase['outcome'], Tone>;

function databaseLines(page: Page, database: RequeueDatabase): string[] {
  return [
    ...toned(page, TONES[database.outcome], database.summary),
    page.style.bold(sanitise(database.path)),
    ...database.queues.flatMap((queue) => ['', ...queueLines(page, queue)]),
    ...database.notes.flatMap((note) => prose(page, `Note: ${note}`, 0, 2)),
    ...adviceLines(page, database),
  ];
}

function adviceLines({ style, ...page }: Page, { advice }: RequeueDatabase): string[] {
  if (advice.text === '') return [];
  return [
    '',
    ...prose({ style, ...page }, advice.text),
    ...advice.commands.map((command) => `    ${isPrintable(command) ? style.command(command) : ''}`),
  ];
}

function queueLines(page: Page, queue: QueueReport): string[] {
  const counts = Object.entries(queue.counts).map(([state, count]) => `${formatCount(count)} ${state}`);
  const tables = Object.values(queue.tables).join(', ');
  return [
    page.style.bold(`${sanitise(queue.name)} (${queue.preset}), ${sanitise(tables)}`),
    ...prose(page, counts.join(', '), 2),
    ...groupLines(page, 'Orphans', queue.orphans),
    ...groupLines(page, 'Left alone', queue.obstructed),
    ...groupLines(page, 'Protected', queue.alive),
    ...groupLines(page, 'Unknown', queue.unknown),
    ...queue.changes.flatMap((change) => prose(page, `Requeueing ${change}.`, 2, 4)),
  ];
}

function groupLines(page: Page, label: string, { count, examples }: JobGroup): string[] {
  if (count === 0) return [];
  return [
    ...prose(page, `${label}: ${plural(count, 'job')}`, 2),
    ...examples.flatMap((job) => prose(page, jobText(job), 4, 6)),
  ];
}

function jobText({ id, queue, kind, ageMs, owner, attempts, maxAttempts, because }: JobLine): string {
  const parts = [
    queue === null ? [] : `queue ${queue}`,
    kind ?? [],
    ageMs === null ? [] : `claimed for ${formatDuration(ageMs)}`,
    owner === null ? [] : `by ${owner}`,
    attempts === null ? [] : `attempts ${attempts}${maxAttempts === null ? '' : ` of ${maxAttempts}`}`,
  ].flat();
  return `job ${id} (${parts.join(', ')}): ${because}`;
}
