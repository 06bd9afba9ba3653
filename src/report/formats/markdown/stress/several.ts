/** Several runs, beside each other and beside an earlier result, in Markdown. */
import type { StressReport } from '../../../report.js';
import { BASELINE_HEADS, baselineRows, SPREAD_HEADS, spreadRows } from '../../../stress/several.js';
import { markdownCode } from '../escape.js';
import { measure, right, table, titled } from './grid.js';

export function severalBlocks({ runs, spread, baseline }: StressReport): string[] {
  const spreads = spreadRows(spread).map(({ metric, cells }) => [
    markdownCode(metric),
    ...cells.map(measure),
  ]);
  const changes = baselineRows(baseline ?? []).map(({ metric, cells, verdict }) => [
    markdownCode(metric),
    ...cells.map(measure),
    verdict === 'same' ? verdict : `**${verdict}**`,
  ]);
  return [
    ...titled(`Spread of ${runs.length} runs`, table([['', 'left'], ...right(SPREAD_HEADS)], spreads)),
    ...titled(
      'Compared with the baseline',
      table([['', 'left'], ...right(BASELINE_HEADS), ['', 'left']], changes),
    ),
  ];
}
