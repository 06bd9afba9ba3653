/** What several runs say: their spread, and the change since an earlier one. */
import type { BaselineRow, Spread } from '../../../../stress/result-shapes.js';
import { BASELINE_HEADS, baselineRows, SPREAD_HEADS, spreadRows } from '../../../stress/several.js';
import { type Page, prose } from '../page.js';
import { headedLines } from './grid.js';

export function spreadLines(page: Page, spread: readonly Spread[]): string[] {
  const rows = spreadRows(spread).map(({ metric, cells }) => [metric, ...cells]);
  return headedLines(page, [['', ...SPREAD_HEADS], ...rows], ['left', 'right', 'right', 'right']);
}

export function baselineLines(page: Page, baseline: readonly BaselineRow[]): string[] {
  const rows = baselineRows(baseline).map(({ metric, cells, verdict }) => [metric, ...cells, verdict]);
  const sentences = baseline.filter(({ verdict }) => verdict !== 'same').map(({ sentence }) => sentence);
  const heads = ['', ...BASELINE_HEADS, ''];
  return [
    ...headedLines(page, [heads, ...rows], ['left', 'right', 'right', 'right', 'left']),
    ...[...new Set(sentences)].flatMap((text) => prose(page, text, 2)),
  ];
}
