/** Annotations of a GitHub Actions run: one for each queue in which dead workers left jobs, or that could not be read. */
import type { QueueReport, RequeueDatabase } from '../../queue/shapes.js';
import { plural } from '../../units.js';
import type { RequeueReport } from '../report.js';
import { leftIn, troubleOf } from '../requeue/left.js';
import { sanitise } from '../sanitise.js';
import type { FormatContext } from './format.js';
import { type Annotation, workflowCommand } from './github-commands.js';

export function render({ databases, unexamined }: RequeueReport, { cwd }: FormatContext): string {
  const missed = unexamined.map(({ path, reason }): Annotation => {
    return { level: 'error', path, title: 'Not examined', lines: [reason] };
  });
  const annotations = [...missed, ...databases.flatMap(annotationsOf)];
  const lines = databases.map(({ summary }) => `dblock requeue-orphans: ${sanitise(summary)}`);
  return [...annotations.map((annotation) => workflowCommand(annotation, cwd)), ...lines]
    .map((line) => `${line}\n`)
    .join('');
}

function annotationsOf(database: RequeueDatabase): Annotation[] {
  const { path, queues, advice } = database;
  const trouble = troubleOf(database);
  return [
    ...(trouble === null
      ? []
      : [{ level: 'error', path, title: 'Could not be done', lines: trouble } as const]),
    ...queues.flatMap((queue): Annotation[] => {
      const left = leftIn(queue);
      if (left === 0) return [];
      const title = `${plural(left, queue.rowsAre.one, queue.rowsAre.many)} of a dead worker in ${queue.name}`;
      return [{ level: 'warning', path, title, lines: [...whyLines(queue), ...advice.commands] }];
    }),
  ];
}

function whyLines({ orphans: { examples } }: QueueReport): string[] {
  return examples.slice(0, MOST_EXAMPLES).map(({ id, because }) => `${id}: ${because}`);
}

const MOST_EXAMPLES = 3;
