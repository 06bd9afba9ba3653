import type { LockRow } from '../../../locks/shapes.js';
import { formatDuration, plural } from '../../../units.js';
import type { LocksDatabase, LocksReport } from '../../report.js';
import { sanitise } from '../../sanitise.js';
import type { Style } from '../../style.js';
import type { FormatContext } from '../format.js';
import { drawBlocks } from './blocks.js';
import { type Column, columnWidths } from './columns.js';
import { drawTable } from './draw.js';
import { named, type Page, pageOf, paragraphs, prose } from './page.js';
import { unexaminedLines } from './unexamined.js';

/** Per database who has it open and in which role, then what could not be seen. */
export function render(report: LocksReport, context: FormatContext): string {
  const page = pageOf(context);
  const parts = [
    unexaminedLines(page, report),
    ...report.databases.map((database) => [
      ...named(page, database.path, attachedText(database)),
      ...rowLines(page, database.rows, context.terminal.columns),
    ]),
    limitLines(page, report.databases),
  ];
  return `${paragraphs(parts)}\n`;
}

function attachedText({ rows }: LocksDatabase): string {
  if (rows.length === 0) return 'no process seen that has it open';
  return plural(rows.length, 'process has it open', 'processes have it open');
}

/** Each limit once; with the paths where it is not the same for all. */
function limitLines(page: Page, databases: readonly LocksDatabase[]): string[] {
  const limits = [...new Set(databases.flatMap((database) => database.limits))];
  return limits.flatMap((limit) => {
    const limited = databases.filter((database) => database.limits.includes(limit));
    const where =
      limited.length === databases.length ? '' : ` (${limited.map(({ path }) => path).join(', ')})`;
    return prose(page, `Not seen: ${limit}${where}`, 0, 2);
  });
}

/** A table if the terminal is wide enough for one that can be read, else the processes one below the other. */
function rowLines(page: Page, rows: readonly LockRow[], available: number): string[] {
  if (rows.length === 0) return [];
  const columns = columnsOf(page.style, rows);
  const commands = rows.map(({ command }) => (command === null ? null : sanitise(command)));
  const widths = columnWidths(columns, available);
  const lines =
    widths === null ? drawBlocks(page, columns, commands) : drawTable(page, columns, widths, commands);
  return ['', ...lines];
}

function columnsOf({ none }: Style, rows: readonly LockRow[]): Column[] {
  const column = (head: string, flexible: boolean, cell: (row: LockRow) => string): Column => ({
    head,
    flexible,
    cells: rows.map((row) => sanitise(cell(row))),
  });
  return [
    column('pid', false, ({ pid }) => String(pid)),
    column('state', false, ({ state, stateMeaning }) => `${state} ${stateMeaning}`),
    column('user', false, ({ user }) => user ?? 'unknown'),
    column('role', true, ({ role }) => role),
    column('locks', true, ({ locks }) => (locks.length === 0 ? none : locks.join(', '))),
    column('held at least', false, ({ heldAtLeastMs: ms }) => (ms === null ? none : formatDuration(ms))),
    column('blocks', true, ({ blocks }) => blocks ?? none),
  ];
}
