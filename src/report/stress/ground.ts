/** Where a run wrote, in words. May have text from outside: sanitise. */
import type { Ground, QueueGround } from '../../stress/ground-shapes.js';
import { formatCount, plural } from '../../units.js';
import type { StressReport } from '../report.js';
import { shownRun } from './headline.js';

/** Paragraphs, of the run that is shown; none where there was nothing to choose. */
export function groundTexts(report: StressReport): string[] {
  const ground = shownRun(report)?.run.ground ?? null;
  return ground === null ? [] : [textOf(ground)];
}

function textOf(ground: Ground): string {
  switch (ground.tables) {
    case 'own':
      return ground.reason === null
        ? "Played in a table of dblock's own, because of --own-tables."
        : `Played in a table of dblock's own. ${ground.reason}`;
    case 'rows':
      return `Each write sets a row of ${ground.table} to what it is, so that the triggers and indexes of that table run, and adds a row to a table of dblock's own.`;
    case 'queue':
      return queueText(ground);
  }
}

function queueText(ground: QueueGround): string {
  const { table, order, plan, triggers, setBack, added, waiting, samples } = ground;
  const copies = samples === 'made up' ? 'made up, since the table was empty' : 'copied from others';
  const made = [
    ...(setBack === 0 ? [] : [`${plural(setBack, 'row')} set back`]),
    ...(added === 0 ? [] : [`${plural(added, 'row')} added, ${copies}`]),
  ];
  const before = made.length === 0 ? '' : ` before the run (${made.join('; ')})`;
  return [
    `Played on the table ${table} of that copy, ${kindText(ground)}; the next job by ${order}: ${plan.join('; ')}.`,
    ...endText(ground),
    ...sortText(plan),
    `${formatCount(waiting)} jobs waited${before}.`,
    ...(triggers.length === 0 ? [] : [`Triggers of yours that ran with them: ${triggers.join(', ')}.`]),
    'The table is yours, its workers are not: how yours claim a job only their code says.',
  ].join(' ');
}

/** It may be that nobody has ever finished a job there, or that it is called something else. */
function endText({ preset, states }: QueueGround): string[] {
  if (preset !== 'generic' || !states.endsWith('row deleted')) return [];
  return [
    'No status there means done, so a finished job is deleted: "done" under "queues" in the configuration names one.',
  ];
}

/** SQLite visits all candidates before it knows the first of them (where.c: the sorter keeps LIMIT rows). */
function sortText(plan: readonly string[]): string[] {
  if (!plan.some((line) => line.startsWith('USE TEMP B-TREE FOR'))) return [];
  const all = plan.some((line) => line.startsWith('SCAN')) ? 'every row' : 'every job that waits';
  return [`No index serves that order: each search visits ${all} (dblock explain queue-claim-scan).`];
}

function kindText({ preset, name, guessed, states }: QueueGround): string {
  if (preset !== 'generic') return `a queue of ${name} (${states})`;
  return `${guessed ? 'as guessed from its columns' : 'as the configuration describes it'} (${states})`;
}
