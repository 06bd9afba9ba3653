/** A page for a pull request's comment or the summary of a job: the plan, or what became of it. */
import type { FixRepair } from '../../../doctor/repair/shapes.js';
import { backupText, estimateText, RESULT_WORDS, resultText, safetyText } from '../../fix-text.js';
import { shortPath } from '../../location.js';
import { HIDDEN_COMMAND, proseOf } from '../../prose.js';
import type { FixDatabase, FixReport } from '../../report.js';
import { isPrintable } from '../../sanitise.js';
import type { FormatContext } from '../format.js';
import { fenced, markdownCode, markdownText } from './escape.js';
import { keepWithin, listed, MOST_CHARACTERS } from './room.js';

export function render(report: FixReport, context: FormatContext): string {
  const blocks = [
    '## dblock fix',
    ...report.unexamined.map(({ reason }) => `**Not examined:** ${markdownText(reason)}`),
    ...report.databases.flatMap((database) => databaseBlocks(database, context)),
  ];
  return `${keepWithin(blocks, MOST_CHARACTERS).kept.join('\n\n')}\n`;
}

function databaseBlocks(database: FixDatabase, context: FormatContext): string[] {
  const { path, summary, repairs, unrepaired, notes, appeared } = database;
  const backup = backupText(database);
  const textOf = proseOf(context.checks);
  const left = unrepaired.map(
    ({ id, severity, reason }) =>
      `${severity}: ${markdownText(textOf(id).title)} (${markdownCode(id)}): ${markdownText(reason)}`,
  );
  return [
    `**${markdownText(summary)}**`,
    markdownCode(shortPath(context.cwd, path)),
    ...[backup, ...notes].flatMap((line) => (line === null ? [] : [markdownText(line)])),
    ...(appeared.length === 0 ? [] : [`New since the repair: ${appeared.map(markdownCode).join(', ')}`]),
    ...(repairs.length === 0 ? [] : [tableOf(repairs)]),
    ...(context.detail === 'quiet' ? [] : repairs.map(detailsOf)),
    ...(left.length === 0 || context.detail === 'quiet' ? [] : ['**Not repaired**', listed(left)]),
  ];
}

function tableOf(repairs: readonly FixRepair[]): string {
  const rows = repairs.map(
    ({ repair, result }) =>
      `| ${RESULT_WORDS[result.result]} | ${markdownText(repair.what)} | ${markdownCode(repair.id)} | ${safetyText(repair)} |`,
  );
  return ['| result | repair | id | safety |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function detailsOf(one: FixRepair): string {
  const { repair, finding, result } = one;
  const steps = repair.steps.filter(isPrintable);
  const [text, estimate] = [resultText(one), estimateText(one)];
  const preventers = result.result === 'prevented' ? result.preventers : [];
  return [
    `<details><summary>${markdownText(repair.what)} (${repair.id})</summary>`,
    ...(text === null ? [] : [markdownText(text)]),
    ...preventers.map(({ summary }) => `**Prevented by:** ${markdownText(summary)}`),
    ...(finding === null ? [] : [`**Why:** ${markdownText(finding.summary)}`]),
    ...(steps.length === 0 ? [] : [fenced(steps.every((step) => step.endsWith(';')) ? 'sql' : 'sh', steps)]),
    ...(steps.length < repair.steps.length ? [HIDDEN_COMMAND] : []),
    `**Locks:** ${markdownText(repair.locks)}`,
    ...(estimate === null ? [] : [`**Measured:** ${markdownText(estimate)}`]),
    `**Undo:** ${markdownText(repair.undo ?? 'only from the backup.')}`,
    ...repair.notes.map((note) => `**Note:** ${markdownText(note)}`),
    '</details>',
  ].join('\n\n');
}
