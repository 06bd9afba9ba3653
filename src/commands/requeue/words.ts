/** The sentence that sums a database up, and what to type next. */
import { shellQuote } from '../../doctor/quote.js';
import { presets } from '../../queue/presets/index.js';
import type { QueueReport, RequeueDatabase, Undone } from '../../queue/shapes.js';
import { formatCount, plural } from '../../units.js';
import type { RequeueSettings } from './options.js';

type Told = Omit<RequeueDatabase, 'summary' | 'advice'>;

export function summaryOf({ outcome, queues }: Told): string {
  if (queues.length === 0) return 'No table of this database is a job queue that dblock knows.';
  const failures = total(queues, ({ lockFailures }) => lockFailures?.count ?? 0);
  if (outcome === 'clear') return clearText(queues);
  if (outcome === 'found') {
    const also = failures === 0 ? '' : ` ${plural(failures, 'job')} failed only because of a lock.`;
    return `${foundText(queues)} Nothing was changed${whyNothing(queues)}.${also}`;
  }
  return changedText(queues);
}

function clearText(queues: readonly QueueReport[]): string {
  const unknown = total(queues, ({ unknown: { count } }) => count);
  if (unknown === 0) return 'No job is left running by a dead worker.';
  return `No job is provably left running by a dead worker; of ${formatCount(unknown)} it cannot be told.`;
}

/** Two sides of one framework may both have some: its jobs, and its timetable. */
function foundText(queues: readonly QueueReport[]): string {
  const some = queues.filter(({ orphans }) => orphans.count > 0);
  if (some.length === 0) return 'No job is left running by a dead worker.';
  const jobs = total(some, ({ rowsAre, orphans }) => (rowsAre.one === 'job' ? orphans.count : 0));
  const others = some.filter(({ rowsAre }) => rowsAre.one !== 'job');
  const texts = [
    ...(jobs > 0 ? [`${plural(jobs, 'job')} left running by a dead worker.`] : []),
    ...others.map(({ rowsAre: { one, many }, orphans }) => {
      return `${plural(orphans.count, one, many)} left behind by a dead worker.`;
    }),
  ];
  return texts.join(' ');
}

/** Of a queue that dblock only explains. */
function whyNothing(queues: readonly QueueReport[]): string {
  const some = queues.filter(({ orphans }) => orphans.count > 0);
  const explained = some.find(({ acts }) => !acts);
  if (!explained || some.some(({ acts }) => acts)) return '';
  return `: of ${explained.name} dblock changes nothing, and tells the way out below`;
}

function changedText(queues: readonly QueueReport[]): string {
  const freed = queues.flatMap(({ rowsAre: { one, many, freed: done }, applied }) => {
    return applied && applied.requeued > 0 ? [`${plural(applied.requeued, one, many)} ${done}`] : [];
  });
  const parts = [
    [total(queues, ({ applied }) => applied?.failed ?? 0), 'marked as failed'],
    [total(queues, ({ applied }) => applied?.retried ?? 0), 'retried that had failed because of a lock'],
    [
      total(queues, ({ applied }) => applied?.changedMeanwhile ?? 0),
      'left alone that a worker changed meanwhile',
    ],
    [total(queues, ({ applied }) => applied?.refusedCount ?? 0), 'refused by a constraint'],
  ] as const;
  const told = [
    ...freed,
    ...parts.flatMap(([count, text]) => (count > 0 ? `${plural(count, 'job')} ${text}` : [])),
  ];
  const stopped = queues.flatMap(({ applied }) => applied?.stopped ?? []);
  const end = stopped.length === 0 ? '' : ` It stopped early: ${stopped.join('; ')}.`;
  return `${told.length === 0 ? 'No job was changed' : told.join(', ')}.${end}`;
}

function total(queues: readonly QueueReport[], count: (queue: QueueReport) => number): number {
  return queues.reduce((sum, queue) => sum + count(queue), 0);
}

/** What a queue is told by, for who has one that was not found. */
export function lookedFor(): string {
  const names = [...new Set(presets.map(({ id }) => id))].join(', ');
  return `dblock looked for the tables of ${names}; and for a table with a status or state, and a column such as started_at, locked_at, worker_id, locked_by, heartbeat or attempts. For another one say --table, --status, --running and --queued.`;
}

export function adviceFor(
  { outcome, path, journal, queues }: Told,
  { apply, wish, typed, yes }: Pick<RequeueSettings, 'apply' | 'wish' | 'typed' | 'yes'>,
  guessed: boolean,
): RequeueDatabase['advice'] {
  const command = (more: string) =>
    `dblock requeue-orphans ${[shellQuote(path), ...typed].join(' ')} ${more}`;
  if (journal !== null) {
    const undo = `dblock requeue-orphans --undo ${shellQuote(journal)} --apply`;
    return { text: 'To put them back as they were:', commands: [undo] };
  }
  if (
    outcome === 'found' &&
    !apply &&
    queues.some(({ acts, orphans, lockFailures }) => acts && orphans.count + (lockFailures?.count ?? 0) > 0)
  ) {
    return { text: 'To do it:', commands: [command(guessed && !yes ? '--apply --yes' : '--apply')] };
  }
  const unsure = queues.filter(({ acts, unknown }) => acts && unknown.count > 0);
  if (unsure.length === 0 || wish.olderThanMs !== null || wish.stopped) return { text: '', commands: [] };
  const hasTimes = unsure.some(({ clocks }) => clocks.some(({ newest }) => newest !== null));
  return {
    text: hasTimes
      ? 'Once all of its workers are stopped; or by age alone, with a time that no job takes:'
      : 'Once all of its workers are stopped:',
    commands: [command('--workers-stopped'), ...(hasTimes ? [command('--older-than 2h')] : [])],
  };
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
