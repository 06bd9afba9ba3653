/** Aligned columns and bars of plain text. */
import { visibleWidth } from '../../../layout.js';
import type { Page } from '../page.js';

export type Align = 'left' | 'right';

const GAP = '  ';

/** A line for each row; a column is as wide as its widest cell. Cells have no colour yet. */
export function gridLines(rows: readonly (readonly string[])[], aligns: readonly Align[]): string[] {
  const widths = aligns.map((_, column) =>
    Math.max(0, ...rows.map((row) => visibleWidth(row[column] ?? ''))),
  );
  return rows.map((row) =>
    aligns
      .map((align, column) => padded(row[column] ?? '', widths[column] ?? 0, align))
      .join(GAP)
      .trimEnd(),
  );
}

/** The same under a head, and indented. */
export function headedLines(
  { style }: Page,
  rows: readonly (readonly string[])[],
  aligns: readonly Align[],
): string[] {
  const [head = '', ...lines] = gridLines(rows, aligns).map((line) => `  ${line}`);
  return [style.dim(head), ...lines];
}

function padded(text: string, width: number, align: Align): string {
  const blanks = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return align === 'left' ? text + blanks : blanks + text;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/** A bar of `share` of `width` columns; what is not nothing is seen. */
export function bar(share: number, width: number, unicode: boolean): string {
  const eighths = share <= 0 ? 0 : Math.max(1, Math.round(Math.min(1, share) * width * 8));
  if (!unicode) return '#'.repeat(Math.ceil(eighths / 8));
  return '█'.repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? '');
}
