import type { FixRepair, Unrepaired } from '../../../doctor/repair/shapes.js';
import { plural } from '../../../units.js';
import {
  backupText,
  estimateText,
  NOT_ASKED,
  RESULT_TONES,
  RESULT_WORDS,
  resultText,
  safetyText,
} from '../../fix-text.js';
import { HIDDEN_COMMAND, remedyLead } from '../../prose.js';
import type { FixDatabase, FixReport } from '../../report.js';
import { isPrintable, sanitise } from '../../sanitise.js';
import type { FormatContext } from '../format.js';
import { heading, type Page, pageOf, paragraphs, prose, toned } from './page.js';
import { unexaminedLines } from './unexamined.js';

/** The plan, or what became of it, one paragraph for each repair; then what dblock leaves to the user. */
export function render(report: FixReport, context: FormatContext): string {
  const page = pageOf(context);
  const parts = [
    unexaminedLines(page, report),
    ...report.databases.flatMap((database) => databaseParts(page, report, database)),
  ];
  return `${paragraphs(parts)}\n`;
}

function databaseParts(page: Page, { verdict }: FixReport, database: FixDatabase): string[][] {
  const { path, mode, summary, repairs, notes, appeared } = database;
  const tone = mode === 'preview' && repairs.length > 0 ? 'info' : verdict;
  const backup = backupText(database);
  const quiet = page.detail === 'quiet';
  const head = [
    ...toned(page, tone, `${mode === 'preview' ? 'Plan' : 'Repair'}: ${summary}`),
    page.style.bold(sanitise(path)),
    ...(backup === null ? [] : prose(page, backup, 0, 2)),
    ...(database.backup?.kind === 'made' && !quiet ? prose(page, RESTORE, 0, 2) : []),
    ...notes.flatMap((note) => prose(page, `Note: ${note}`, 0, 2)),
    ...(appeared.length === 0
      ? []
      : prose(page, `New since the repair: ${appeared.join(', ')} (dblock doctor says more).`, 0, 2)),
  ];
  return [
    head,
    ...repairs
      .filter(({ result }) => page.detail === 'verbose' || !isNotAsked(result))
      .map((repair) => repairLines(page, repair, mode === 'preview')),
    ...(quiet ? [] : unrepairedParts(page, database)),
    mode === 'preview' && !quiet ? howTo(page, database) : [],
  ];
}

function repairLines(page: Page, one: FixRepair, isPreview: boolean): string[] {
  const { repair, finding, result } = one;
  const word = isPreview ? '' : `${RESULT_WORDS[result.result]}: `;
  const head = heading(page, RESULT_TONES[result.result], `${word}${repair.what}`, repair.id);
  const text = resultText(one);
  if (page.detail === 'quiet') return [...head, ...(text === null ? [] : prose(page, text, 2))];
  const told = [...(text === null ? [] : prose(page, text, 2)), ...causeLines(page, one)];
  if (!isPreview && page.detail !== 'verbose') return [...head, ...told];
  const estimate = estimateText(one);
  return [
    ...head,
    ...told,
    ...prose(page, `Why: ${finding?.summary ?? 'an earlier run of dblock fix was killed.'}`, 2, 4),
    ...prose(
      page,
      `Safety: ${safetyText(repair)}${repair.byIdOnly === null ? '' : `, because ${repair.byIdOnly}`}.`,
      2,
      4,
    ),
    ...prose(page, 'Does:', 2),
    ...repair.steps.map((step) => commandLine(page, step)),
    ...prose(page, `Locks: ${repair.locks}`, 2, 4),
    ...(estimate === null ? [] : prose(page, `Measured: ${estimate}`, 2, 4)),
    ...prose(page, `Undo: ${repair.undo ?? 'only from the backup.'}`, 2, 4),
    ...repair.notes.flatMap((note) => prose(page, `Note: ${note}`, 2, 4)),
  ];
}

function causeLines(page: Page, { result }: FixRepair): string[] {
  if (result.result !== 'prevented' && result.result !== 'failed') return [];
  const preventers = result.result === 'prevented' ? result.preventers : [];
  return [
    ...preventers.flatMap(({ summary }) => prose(page, `Prevented by: ${summary}`, 2, 4)),
    ...remedyLines(page, result.remedy),
  ];
}

/** In this order: a WAL or journal that is newer than the backup would be applied to it. */
const RESTORE =
  'To go back to it: stop what uses the database, remove its -wal, -shm and -journal, and copy these files over it.';

function isNotAsked(result: FixRepair['result']): boolean {
  return result.result === 'left-out' && result.reason === NOT_ASKED;
}

/** All of them in a plan; afterwards those that stood in the way, and the others by name. */
function unrepairedParts(page: Page, { mode, unrepaired }: FixDatabase): string[][] {
  const told = unrepaired.filter(
    ({ withheld }) => mode === 'preview' || withheld || page.detail === 'verbose',
  );
  const others = unrepaired.filter((finding) => !told.includes(finding));
  const names = others.map(({ id }) => id).join(', ');
  const rest = `${plural(others.length, 'finding')} that dblock does not repair: ${names}. dblock doctor says what to do.`;
  return [
    ...told.map((finding) => unrepairedLines(page, finding)),
    others.length === 0 ? [] : prose(page, rest, 0, 2),
  ];
}

function unrepairedLines(page: Page, { id, severity, summary, reason, remedy }: Unrepaired): string[] {
  return [
    ...heading(page, severity, `Not repaired: ${page.textOf(id).title}`, id),
    ...prose(page, reason, 2),
    ...prose(page, summary, 2),
    ...remedyLines(page, remedy),
  ];
}

function remedyLines(page: Page, remedy: Unrepaired['remedy']): string[] {
  const lead = remedyLead(remedy);
  const lines = lead === null ? [] : prose(page, `Do: ${lead}`, 2);
  return [...lines, ...remedy.commands.map((command) => commandLine(page, command))];
}

function commandLine({ style }: Page, command: string): string {
  const indent = ' '.repeat(6);
  return indent + (isPrintable(command) ? style.command(command) : style.dim(HIDDEN_COMMAND));
}

/** The commands that apply the plan. */
function howTo(page: Page, { repairs, given }: FixDatabase): string[] {
  const safe = repairs.some(({ repair }) => repair.byIdOnly === null);
  const [byId] = repairs.filter(({ repair }) => repair.byIdOnly !== null);
  const lines = [
    ...(safe ? [`dblock fix ${quoted(given)} --apply`] : []),
    ...(byId === undefined ? [] : [`dblock fix ${quoted(given)} --apply ${byId.repair.id}`]),
  ];
  if (lines.length === 0) return [];
  const text =
    safe && byId
      ? 'To apply all that is safe, or one by its id, with a backup before:'
      : 'To apply it, with a backup before:';
  return [...prose(page, text), ...lines.map((line) => commandLine(page, line))];
}

/** As typed, if a shell would read it as one word. */
function quoted(given: string): string {
  return /^[\w@%+:,./-]+$/.test(given) ? given : `'${given.replaceAll("'", "'\\''")}'`;
}
