/** The page of requeue-orphans for a pull request, a job's summary or an incident's log. */
import type { JobGroup, JobLine, QueueReport, RequeueDatabase } from '../../../queue/shapes.js';
import { formatCount, formatDuration, plural } from '../../../units.js';
import { shortPath } from '../../location.js';
import type { RequeueReport } from '../../report.js';
import type { FormatContext } from '../format.js';
import { fenced, markdownCode, markdownText } from './escape.js';
import { folded, keepWithin, listed, MOST_CHARACTERS } from './room.js';

export function render(report: RequeueReport, { cwd }: FormatContext): string {
  const blocks = [
    ...report.unexamined.map(({ reason }) => `Not examined: ${markdownText(reason)}`),
    ...report.databases.flatMap((database) => databaseBlocks(database, shortPath(cwd, database.path))),
  ];
  const { kept, leftOff } = keepWithin(blocks, MOST_CHARACTERS);
  const note = leftOff === 0 ? [] : [`_${leftOff} parts more are left off. \`--format json\` has all._`];
  return `${['## dblock requeue-orphans', ...kept, ...note].join('\n\n')}\n`;
}

function databaseBlocks({ summary, queues, notes, advice }: RequeueDatabase, name: string): string[] {
  return [
    `**${markdownText(summary)}** ${markdownCode(name)}`,
    ...queues.flatMap(queueBlocks),
    ...(notes.length === 0 ? [] : [listed(notes.map(markdownText))]),
    ...(advice.commands.length === 0 ? [] : [markdownText(advice.text), fenced('sh', advice.commands)]),
  ];
}

function queueBlocks(queue: QueueReport): string[] {
  const counts = Object.entries(queue.counts).map(
    ([state, count]) => `${formatCount(count)} ${markdownText(state)}`,
  );
  return [
    `### ${markdownText(queue.name)} (${markdownCode(queue.preset)})`,
    counts.length === 0 ? 'no jobs' : counts.join(', '),
    ...groupBlocks('Orphans', queue.orphans, queue.rowsAre),
    ...groupBlocks('Orphans that must be left alone', queue.obstructed, queue.rowsAre),
    ...groupBlocks('Failed only because of a lock', queue.lockFailures),
    ...foldedGroup('Protected', queue.alive),
    ...foldedGroup('Unknown', queue.unknown),
    ...(queue.notes.length === 0 ? [] : [listed(queue.notes.map(markdownText))]),
    ...(queue.wayOut === null ? [] : [markdownText(queue.wayOut.text), fenced('sh', queue.wayOut.commands)]),
  ];
}

const JOBS: Pick<QueueReport['rowsAre'], 'one' | 'many'> = { one: 'job', many: 'jobs' };

function groupBlocks(title: string, group: JobGroup | null, { one, many } = JOBS): string[] {
  if (group === null || group.count === 0) return [];
  const rest = group.count - group.examples.length;
  const rows = group.examples.map(rowOf);
  const more = rest > 0 ? [`| and ${formatCount(rest)} more | | | | |`] : [];
  return [
    `**${title}: ${plural(group.count, one, many)}**`,
    [`| ${one} | queue | age | attempts | why |`, '| --- | --- | --- | --- | --- |', ...rows, ...more].join(
      '\n',
    ),
  ];
}

function rowOf({ id, queue, ageMs, attempts, maxAttempts, because }: JobLine): string {
  const age = ageMs === null ? '' : formatDuration(Math.max(0, ageMs));
  const tried = attempts === null ? '' : `${attempts}${maxAttempts === null ? '' : ` of ${maxAttempts}`}`;
  return `| ${markdownCode(id)} | ${markdownText(queue ?? '')} | ${age} | ${tried} | ${markdownText(because)} |`;
}

function foldedGroup(title: string, { count, examples }: JobGroup): string[] {
  const rest = count - examples.length;
  const lines = examples.map(({ id, because }) => `${markdownCode(id)}: ${markdownText(because)}`);
  return folded(title, rest > 0 ? [...lines, `and ${formatCount(rest)} more`] : lines);
}
