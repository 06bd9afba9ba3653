import type { CheckpointRemedy, CheckpointRun } from '../../../checkpoint/shapes.js';
import type { LockRow } from '../../../locks/shapes.js';
import { formatBytes, formatCount, formatDuration, plural } from '../../../units.js';
import { truncate } from '../../layout.js';
import { HIDDEN_COMMAND, remedyLead } from '../../prose.js';
import type { CheckpointDatabase, CheckpointReport, CheckpointStatus } from '../../report.js';
import { isPrintable, sanitise } from '../../sanitise.js';
import type { Tone } from '../../style.js';
import type { FormatContext } from '../format.js';
import { type Page, pageOf, paragraphs, prose, toned } from './page.js';
import { unexaminedLines } from './unexamined.js';

/** Per database what was done, what is left and who prevented it; with the sizes before and after. */
export function render(report: CheckpointReport, context: FormatContext): string {
  const page = pageOf(context);
  const parts = [
    unexaminedLines(page, report),
    ...report.databases.map((database) => databaseLines(page, database)),
  ];
  return `${paragraphs(parts)}\n`;
}

const TONES = {
  complete: 'ok',
  unneeded: 'ok',
  incomplete: 'warning',
  refused: 'critical',
  failed: 'incomplete',
} as const satisfies Record<CheckpointDatabase['outcome']['outcome'], Tone>;

const WORDS = {
  complete: 'Complete',
  unneeded: 'Nothing to do',
  incomplete: 'Incomplete',
  refused: 'Refused',
  failed: 'Failed',
} as const satisfies Record<CheckpointDatabase['outcome']['outcome'], string>;

function databaseLines(page: Page, database: CheckpointDatabase): string[] {
  const { outcome, path, requestedMode } = database;
  const head = [
    ...toned(page, TONES[outcome.outcome], `${WORDS[outcome.outcome]}: ${requestedMode} checkpoint`),
    page.style.bold(sanitise(path)),
    ...prose(page, outcome.summary),
  ];
  if (page.detail === 'quiet') return [...head, ...causeLines(page, database)];
  return [
    ...head,
    ...sizeLines(page, database),
    ...attachedLines(page, database),
    ...runLines(page, database),
    ...causeLines(page, database),
    ...database.savedFiles.flatMap((file) => prose(page, `Saved before it was opened: ${file}`, 0, 2)),
    ...database.notes.flatMap((note) => prose(page, `Note: ${note}`, 0, 2)),
    ...hiddenLines(page, database),
  ];
}

/** What was measured, one line each, before and after side by side. */
function sizeLines(page: Page, { before, after }: CheckpointDatabase): string[] {
  const rows: [label: string, cell: (status: CheckpointStatus) => string][] = [
    ['database', ({ databaseBytes }) => formatBytes(databaseBytes)],
    ['WAL', ({ walBytes }) => (walBytes === null ? 'none' : formatBytes(walBytes))],
    ['last frame', ({ frames }) => (frames.known ? formatCount(frames.value.mxFrame) : 'unknown')],
    ['not yet in the database', backlogText],
    ['attached', ({ attached }) => plural(attached.length, 'process', 'processes')],
  ];
  const cells = rows.map(
    ([label, cell]) => [label, cell(before), after === null ? '' : cell(after)] as const,
  );
  const table = [['', 'before', after === null ? '' : 'after'] as const, ...cells];
  const width = (column: 0 | 1) => Math.max(...table.map((row) => row[column].length)) + 2;
  return table.map(([label, first, second], index) => {
    const line = `  ${label.padEnd(width(0))}${first.padEnd(width(1))}${second}`.trimEnd();
    return index === 0 ? page.style.dim(line) : line;
  });
}

function backlogText({ frames }: CheckpointStatus): string {
  if (!frames.known) return 'unknown';
  const { backlogFrames, backlogBytes } = frames.value;
  return `${plural(backlogFrames, 'frame')}, ${formatBytes(backlogBytes)}`;
}

function runLines(page: Page, { outcome, after }: CheckpointDatabase): string[] {
  if (!('run' in outcome) || outcome.run === null) return [];
  const { run } = outcome;
  return [
    ...run.steps.flatMap(({ mode, meaning, durationMs }) =>
      prose(page, `${sentence(mode)} (${fine(durationMs)}) returned ${meaning}.`, 0, 2),
    ),
    ...(run.tries > 1 ? prose(page, `Tried ${run.tries} times; the last try is shown.`) : []),
    ...prose(page, waitText(run), 0, 2),
    ...prose(page, connectionText(run, after), 0, 2),
  ];
}

function waitText({
  mode,
  writersKeptWaitingMs: held,
  writersKeptWaitingPlusMinusMs: off,
}: CheckpointRun): string {
  if (mode === 'passive') return 'Writers were not kept waiting: a passive checkpoint does not take WRITE.';
  return `Writers were kept waiting for ${fine(held)} (give or take ${fine(off)}): so long WRITE was held.`;
}

/** Holds are often shorter than a millisecond. */
function fine(ms: number): string {
  return ms < 10 ? `${ms.toFixed(2)} ms` : formatDuration(ms);
}

/** Where the way in which the connection ended decided what became of the WAL. */
function connectionText({ connection }: CheckpointRun, after: CheckpointStatus | null): string {
  if (after === null || after.attached.length > 0) return '';
  if (connection === 'abandoned') {
    return 'The connection was dropped, not closed: who else needs the WAL may be hidden, and a close as the last one would have deleted it.';
  }
  return after.walBytes === null
    ? 'Nobody else had it open: closing the connection removed -wal and -shm, as after any last one.'
    : '';
}

function causeLines(page: Page, { outcome }: CheckpointDatabase): string[] {
  if (outcome.outcome === 'refused') {
    return outcome.refusals.flatMap(({ check, reason, remedy }) => [
      ...prose(page, `Because of ${check}: ${reason}`, 2),
      ...remedyLines(page, remedy),
    ]);
  }
  if (outcome.outcome !== 'incomplete' && outcome.outcome !== 'failed') return [];
  return [
    ...outcome.blockers.flatMap(({ summary }) => prose(page, `Prevented by: ${summary}`, 0, 2)),
    ...remedyLines(page, outcome.remedy),
  ];
}

function remedyLines({ style, ...page }: Page, remedy: CheckpointRemedy): string[] {
  const lead = remedyLead(remedy);
  return [
    ...(lead === null ? [] : prose({ style, ...page }, `Do: ${lead}`, 2)),
    ...remedy.commands.map(
      (command) => `      ${isPrintable(command) ? style.command(command) : style.dim(HIDDEN_COMMAND)}`,
    ),
  ];
}

/** Why somebody may be missing. */
function hiddenLines(page: Page, { before, after }: CheckpointDatabase): string[] {
  const limits = [...new Set([...before.limits, ...(after?.limits ?? [])])];
  return limits.flatMap((limit) => prose(page, `Not seen: ${limit}`, 0, 2));
}

/** More of them are in the other formats, and in verbose. */
const MOST_ATTACHED = 5;

/** Who was there and did something, before and after; all of them, and whole, in verbose. */
function attachedLines(page: Page, { before, after }: CheckpointDatabase): string[] {
  const then = before.attached.filter((row) => isShown(page, row)).map(attachedText);
  const now = (after?.attached ?? []).filter((row) => isShown(page, row)).map(attachedText);
  const stayed = after === null || then.join('\n') === now.join('\n');
  if (stayed) return listed(page, 'Attached', then);
  return [...listed(page, 'Before', then), ...listed(page, 'After', now)];
}

function isShown({ detail }: Page, { role }: LockRow): boolean {
  return detail === 'verbose' || role !== 'attached';
}

function listed(page: Page, label: string, texts: readonly string[]): string[] {
  if (page.detail === 'verbose') return texts.flatMap((text) => prose(page, `${label}: ${text}`, 0, 2));
  const shown = texts.slice(0, MOST_ATTACHED);
  const rest = texts.length - shown.length;
  return [
    ...shown.map((text) => truncate(`${label}: ${text}`, page.columns, page.style.ellipsis)),
    ...(rest === 0 ? [] : [`${label}: ${plural(rest, 'other')}`]),
  ];
}

function attachedText({ pid, command, role, blocks }: LockRow): string {
  const who = command === null ? '' : ` (${command})`;
  return `pid ${pid}, ${role}${blocks === null ? '' : `, blocks ${blocks}`}${who}`;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
