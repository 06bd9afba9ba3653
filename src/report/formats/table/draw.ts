import CliTable from 'cli-table3';
import { fold, truncate } from '../../layout.js';
import { type Column, GAP } from './columns.js';
import type { Page } from './page.js';

/** Lines of a table without borders; the command of each row stands below it, over all columns but the first. */
export function drawTable(
  page: Page,
  columns: readonly Column[],
  widths: readonly number[],
  commands: readonly (string | null)[],
): string[] {
  const { style } = page;
  const table = new CliTable({
    chars: NO_BORDERS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    colWidths: [...widths],
    colAligns: ['right'],
    head: columns.map(({ head }) => style.bold(head)),
    wordWrap: true,
  });
  for (const [row, command] of commands.entries()) {
    table.push(columns.map(({ cells }) => cells[row] ?? ''));
    table.push(['', { colSpan: columns.length - 1, ...commandCell(page, command, widths) }]);
  }
  const [head = '', ...lines] = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
  const rule = widths.map((width) => style.rule.repeat(width)).join(' '.repeat(GAP));
  return [head, style.dim(rule), ...lines];
}

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' '.repeat(GAP),
};

/** One line, or all of it in verbose. A cell over several columns has one column for each gap: cli-table3, `Cell.init`. */
function commandCell({ style, detail }: Page, command: string | null, widths: readonly number[]) {
  const [, ...others] = widths;
  const room = others.reduce((total, width) => total + width, others.length - 1);
  const text = command ?? 'command unknown';
  const lines = detail === 'verbose' ? fold(text, room) : [truncate(text, room, style.ellipsis)];
  return { content: lines.map(style.dim).join('\n'), wordWrap: false };
}
