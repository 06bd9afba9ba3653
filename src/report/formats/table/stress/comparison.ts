import type { Comparison } from '../../../../stress/comparison-shapes.js';
import {
  COMPARISON_HEADS,
  type ComparisonCell,
  type ComparisonRow,
  combinedTexts,
  comparisonLegend,
  comparisonRows,
  leftOutTexts,
  stepTexts,
} from '../../../stress/comparison.js';
import { type Page, prose } from '../page.js';
import { gridLines } from './grid.js';

const RIGHT = COMPARISON_HEADS.map(() => 'right' as const);
const INDENT = '  ';

/** For each remedy its name, its numbers, their ratios to as-found, and what its authors expected. */
export function comparisonLines(page: Page, comparison: Comparison): string[] {
  const { style } = page;
  const rows = comparisonRows(comparison);
  const grid = gridLines([COMPARISON_HEADS, ...rows.flatMap(numbersOf)], RIGHT);
  const [head = '', ...lines] = grid.map((line) => `${INDENT}${line}`);
  return [
    style.dim(head),
    ...rows.flatMap((row, index) => rowLines(page, row, lines.slice(3 * index, 3 * index + 3))),
    '',
    ...prose(page, comparisonLegend(comparison), 2),
    ...listed(page, 'Together, in one round each', combinedTexts(comparison)),
    ...(page.detail === 'verbose' ? leftOutTexts(comparison) : shortened(comparison)).flatMap((text) =>
      prose(page, `Left out: ${text}.`, 2, 4),
    ),
  ];
}

function numbersOf({ cells }: ComparisonRow): string[][] {
  const lines: readonly (keyof ComparisonCell)[] = ['value', 'ratio', 'interval'];
  return lines.map((what) => cells.map((cell) => cell[what]));
}

function rowLines(
  page: Page,
  { id, holds, standing, details }: ComparisonRow,
  [values = '', ...ratios]: string[],
): string[] {
  const { style } = page;
  const [first = '', ...rest] = prose(page, `${id}: ${standing}`, 0, 2);
  const name = (text: string) => (holds ? style.tone.ok(text) : style.bold(text));
  if (page.detail === 'quiet') return [name(first), ...rest.map(name), values];
  return [
    name(first),
    ...rest.map(name),
    values,
    ...ratios.filter((line) => line.trim() !== '').map((line) => style.dim(line)),
    ...details.flatMap((text) => prose(page, text, 4, 6)),
  ];
}

function listed(page: Page, title: string, texts: readonly string[]): string[] {
  if (texts.length === 0 || page.detail === 'quiet') return [];
  return [...prose(page, `${title}:`, 2), ...texts.flatMap((text) => prose(page, text, 4, 6))];
}

/** As many as are worth the room; --verbose has all. */
function shortened(comparison: Comparison): string[] {
  const texts = leftOutTexts(comparison);
  return texts.length <= 3
    ? texts
    : [`${texts.length} remedies that change nothing of this load (--verbose says why)`];
}

/** What came of it, and what to do: the last that is read. */
export function recommendationLines(page: Page, comparison: Comparison): string[] {
  const { sentence, recipe } = comparison;
  const steps = stepTexts(comparison);
  return [
    ...prose(page, sentence, 2),
    ...steps.flatMap(({ id, text }, index) => {
      const number = steps.length > 1 ? `${index + 1}. ` : '';
      return prose(page, `${number}${id}: ${text}`, 2, 2 + number.length);
    }),
    ...(recipe?.commands ?? []).map((command) => `    $ ${command}`),
    ...(recipe === null ? [] : prose(page, recipe.reason, 4)),
  ];
}
