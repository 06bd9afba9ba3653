/** What several runs say: their spread, and the change since an earlier one. */
import type { BaselineRow, Spread } from '../../../../stress/result-shapes.js';
import { changeText, rangeText } from '../../../stress/texts.js';
import { formatMetric } from '../../../stress/values.js';
import { type Page, prose } from '../page.js';
import { gridLines } from './grid.js';

export function spreadLines(page: Page, spread: readonly Spread[]): string[] {
  const rows = spread.map(({ metric, unit, median, least, greatest }) => {
    const [middle, from, to] = [median, least, greatest].map((value) => formatMetric(metric, unit, value));
    return [metric, middle ?? '', from ?? '', to ?? ''];
  });
  return headed(page, [['', 'median', 'least', 'greatest'], ...rows], 4);
}

export function baselineLines(page: Page, rows: readonly BaselineRow[]): string[] {
  const cells = rows.map(({ metric, unit, before, now, change, verdict }) => [
    metric,
    rangeText(metric, unit, before),
    rangeText(metric, unit, now),
    changeText(change),
    verdict,
  ]);
  const sentences = [...new Set(rows.filter(({ verdict }) => verdict !== 'same').map((row) => row.sentence))];
  return [
    ...headed(page, [['', 'before', 'now', 'change', ''], ...cells], 5),
    ...sentences.flatMap((text) => prose(page, text, 2)),
  ];
}

function headed(page: Page, rows: readonly (readonly string[])[], columns: number): string[] {
  const aligns = Array.from({ length: columns }, (_, column) =>
    column === 0 || column === columns - 1 ? ('left' as const) : ('right' as const),
  );
  const [head = '', ...lines] = gridLines(rows, columns === 4 ? ['left', 'right', 'right', 'right'] : aligns);
  return [page.style.dim(`  ${head}`), ...lines.map((line) => `  ${line}`)];
}
