import { truncate, wrap } from '../../layout.js';
import type { Column } from './columns.js';
import type { Page } from './page.js';

const INDENT = '  ';

/** The rows of a table one below the other: the first cell as a heading, the others each on a line of its own. */
export function drawBlocks(
  page: Page,
  columns: readonly Column[],
  commands: readonly (string | null)[],
): string[] {
  const [first, ...others] = columns;
  const labelWidth =
    Math.max(...['command', ...others.map(({ head }) => head)].map(({ length }) => length)) + 2;
  const shown = commands.map((command) => commandText(page, command ?? 'unknown', labelWidth));
  const fields = [{ head: 'command', cells: shown }, ...others];
  return commands.flatMap((_, row) => [
    ...(row === 0 ? [] : ['']),
    page.style.bold(`${first?.head} ${first?.cells[row]}`),
    ...fields.flatMap(({ head, cells }) => fieldLines(page, head.padEnd(labelWidth), cells[row] ?? '')),
  ]);
}

/** One line, unless all is wanted. */
function commandText({ columns, style, detail }: Page, command: string, labelWidth: number): string {
  return detail === 'verbose'
    ? command
    : truncate(command, columns - labelWidth - INDENT.length, style.ellipsis);
}

function fieldLines({ style, columns }: Page, label: string, text: string): string[] {
  const [line = '', ...rest] = wrap(text, columns, INDENT + label, INDENT + ' '.repeat(label.length));
  return [INDENT + style.dim(label) + line.slice(INDENT.length + label.length), ...rest];
}
