import type { Comparison } from '../../../../stress/comparison-shapes.js';
import { COMPARISON_HEADS, comparisonRows, leftOutTexts } from '../../../stress/comparison.js';
import { type Page, prose } from '../page.js';
import { gridLines } from './grid.js';

/** A name and a row of numbers for each remedy, with what changed and what its authors expected below it. */
export function comparisonLines(page: Page, comparison: Comparison): string[] {
  const { style } = page;
  const rows = comparisonRows(comparison);
  const [head = '', ...lines] = gridLines(
    [COMPARISON_HEADS, ...rows.map(({ cells }) => cells)],
    COMPARISON_HEADS.map(() => 'right'),
  ).map((line) => `    ${line}`);
  return [
    style.dim(head),
    ...rows.flatMap(({ id, standing, details, holds }, index) => [
      `  ${holds ? style.tone.ok(id) : style.bold(id)}: ${standing}`,
      lines[index] ?? '',
      ...(page.detail === 'quiet' ? [] : details.flatMap((text) => prose(page, text, 4, 6))),
    ]),
    ...prose(page, comparison.sentence, 2),
    ...(page.detail === 'verbose' ? leftOutTexts(comparison) : shortened(comparison)).flatMap((text) =>
      prose(page, `Left out: ${text}.`, 2, 4),
    ),
  ];
}

/** As many as are worth the room; --verbose has all. */
function shortened(comparison: Comparison): string[] {
  const texts = leftOutTexts(comparison);
  return texts.length <= 3
    ? texts
    : [`${texts.length} remedies that change nothing of this load (--verbose says why)`];
}
