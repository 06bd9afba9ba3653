/** Where thresholds break, and all that was tried. */
import type { Limit } from '../../../../stress/limit-shapes.js';
import { axisHeads, type BreakRow, breakRows } from '../../../stress/limit.js';
import { CURVE_HEADS, type Curve, curvesOf } from '../../../stress/limit-curves.js';
import { limitNotes, ruleTexts } from '../../../stress/limit-notes.js';
import { type Page, prose } from '../page.js';
import { gridLines } from './grid.js';

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

export function limitSections(page: Page, limit: Limit): Section[] {
  const { cure } = limit;
  const curves = page.detail === 'quiet' ? [] : curvesOf(limit);
  return [
    { title: 'Limit', lines: prose(page, limit.sentence, 2) },
    {
      title: `Where each threshold breaks${cure === null ? '' : `, as found and with ${cure}`}`,
      lines: [...breakLines(page, limit), ...limitNotes(limit).flatMap((text) => prose(page, text, 2))],
    },
    ...curves.map((curve) => ({ title: curve.title, lines: curveLines(page, curve) })),
    {
      title: 'Rules of thumb of others, which have no part in this',
      lines: page.detail === 'quiet' ? [] : ruleTexts(limit).flatMap((text) => prose(page, text, 2, 4)),
    },
  ];
}

function breakLines(page: Page, limit: Limit): string[] {
  const heads = axisHeads(limit);
  const rows = breakRows(limit);
  const cells = rows.map(({ threshold, side, cells: values }, index) => [
    isRepeated(rows, index) ? '' : threshold,
    ...(side === '' ? [] : [side]),
    ...values,
  ]);
  const labels = limit.cure === null ? [''] : ['', ''];
  const aligns = [...labels.map(() => 'left' as const), ...heads.map(() => 'right' as const)];
  const [head = '', ...lines] = gridLines([[...labels, ...heads], ...cells], aligns);
  return [page.style.dim(`  ${head}`), ...lines.map((line) => `  ${line}`)];
}

function isRepeated(rows: readonly BreakRow[], index: number): boolean {
  return index > 0 && rows[index]?.threshold === rows[index - 1]?.threshold;
}

function curveLines({ style }: Page, { head, rows }: Curve): string[] {
  const [first = '', ...lines] = gridLines(
    [[head, ...CURVE_HEADS, ''], ...rows.map(({ value, cells, standing }) => [value, ...cells, standing])],
    ['right', ...CURVE_HEADS.map(() => 'right' as const), 'left'],
  ).map((line) => `  ${line}`);
  return [
    style.dim(first),
    ...lines.map((line, index) => style.tone[rows[index]?.held ? 'ok' : 'critical'](line)),
  ];
}
