/** The sentence that sums a database up, and what to type next. */
import { shellQuote } from '../../doctor/quote.js';
import type { QueueReport, RequeueDatabase, Undone } from '../../queue/shapes.js';
import { plural } from '../../units.js';

type Told = Omit<RequeueDatabase, 'summary' | 'advice'>;

export function summaryOf({ outcome, queues }: Told): string {
  if (queues.length === 0) return 'No table of this database is a job queue that dblock knows.';
  const orphans = total(queues, ({ orphans: { count } }) => count);
  const failures = total(queues, ({ lockFailures }) => lockFailures?.count ?? 0);
  if (outcome === 'clear') return 'No job is left running by a dead worker.';
  if (outcome === 'found') {
    const also = failures === 0 ? '' : ` ${plural(failures, 'job')} failed only because of a lock.`;
    return `${plural(orphans, 'job')} left running by a dead worker. Nothing was changed.${also}`;
  }
  return changedText(queues);
}

function changedText(queues: readonly QueueReport[]): string {
  const parts = [
    [total(queues, ({ applied }) => applied?.requeued ?? 0), 'requeued'],
    [total(queues, ({ applied }) => applied?.failed ?? 0), 'marked as failed'],
    [total(queues, ({ applied }) => applied?.retried ?? 0), 'retried that had failed because of a lock'],
    [
      total(queues, ({ applied }) => applied?.changedMeanwhile ?? 0),
      'left alone that a worker changed meanwhile',
    ],
    [total(queues, ({ applied }) => applied?.refusedCount ?? 0), 'refused by a constraint'],
  ] as const;
  const told = parts.flatMap(([count, text]) => (count > 0 ? `${plural(count, 'job')} ${text}` : []));
  const stopped = queues.flatMap(({ applied }) => applied?.stopped ?? []);
  const end = stopped.length === 0 ? '' : ` It stopped early: ${stopped.join('; ')}.`;
  return `${told.length === 0 ? 'No job was changed' : told.join(', ')}.${end}`;
}

function total(queues: readonly QueueReport[], count: (queue: QueueReport) => number): number {
  return queues.reduce((sum, queue) => sum + count(queue), 0);
}

export function adviceFor({ outcome, path, journal, queues }: Told): RequeueDatabase['advice'] {
  const quoted = shellQuote(path);
  if (outcome === 'found' && queues.some(({ acts }) => acts)) {
    return { text: 'To requeue them:', commands: [`dblock requeue-orphans ${quoted} --apply`] };
  }
  if (journal !== null) {
    const command = `dblock requeue-orphans --undo ${shellQuote(journal)} --apply`;
    return { text: 'To put them back as they were:', commands: [command] };
  }
  return { text: '', commands: [] };
}

export function undoSummary({ restored, already, changedSince, applied, stopped, torn }: Undone): string {
  const parts = [
    `${plural(restored, 'job')} ${applied ? 'put back as before' : 'can be put back as before; nothing was changed'}`,
    ...(changedSince > 0 ? [`${plural(changedSince, 'job')} left alone: changed since`] : []),
    ...(already > 0 ? [`${plural(already, 'job')} already as before`] : []),
  ];
  const end = [
    ...(torn ? ['The last line of the journal is torn: its transaction never committed.'] : []),
    ...(stopped === null ? [] : [`It stopped early: ${stopped}.`]),
  ];
  return [`${parts.join('; ')}.`, ...end].join(' ');
}

export function undoAdvice(path: string, { applied, restored, journal }: Undone): RequeueDatabase['advice'] {
  if (applied || restored === 0) return { text: '', commands: [] };
  const command = `dblock requeue-orphans ${shellQuote(path)} --undo ${shellQuote(journal)} --apply`;
  return { text: 'To put them back:', commands: [command] };
}
