import { widest } from '../../layout.js';

/** A column of a table: its heading and the text of each row. */
export interface Column {
  readonly head: string;
  readonly cells: readonly string[];
  /** May be wrapped; the others hold numbers and names. */
  readonly flexible: boolean;
}

export const GAP = 2;

/** Narrower than this, wrapped text is no longer read but spelled. */
const NARROWEST = 16;

/** The width of each column so that all fit side by side, or `null` if they do not. */
export function columnWidths(columns: readonly Column[], available: number): number[] | null {
  const widths = columns.map(({ head, cells }) => widest([head, ...cells]));
  const room = available - GAP * (columns.length - 1);
  for (let excess = sum(widths) - room; excess > 0; excess--) {
    const index = widestFlexible(columns, widths);
    if (index === null) return null;
    widths[index] = (widths[index] ?? 0) - 1;
  }
  return widths;
}

function widestFlexible(columns: readonly Column[], widths: readonly number[]): number | null {
  const candidates = columns.flatMap((column, index) => {
    const width = widths[index] ?? 0;
    return column.flexible && width > narrowest(column) ? [{ index, width }] : [];
  });
  candidates.sort((a, b) => b.width - a.width);
  return candidates[0]?.index ?? null;
}

/** No word may be broken. */
function narrowest({ head, cells }: Column): number {
  return Math.max(NARROWEST, widest([head, ...cells.flatMap((cell) => cell.split(' '))]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
