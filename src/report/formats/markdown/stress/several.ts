/** Several runs, beside each other and beside an earlier result, in Markdown. */
import type { StressReport } from '../../../report.js';
import { changeText, rangeText } from '../../../stress/texts.js';
import { formatMetric } from '../../../stress/values.js';
import { markdownCode } from '../escape.js';
import { measure, right, table, titled } from './grid.js';

export function severalBlocks({ runs, spread, baseline }: StressReport): string[] {
  const spreadRows = spread.map(({ metric, unit, median, least, greatest }) => [
    markdownCode(metric),
    ...[median, least, greatest].map((value) => measure(formatMetric(metric, unit, value))),
  ]);
  const baselineRows = (baseline ?? []).map(({ metric, unit, before, now, change, verdict }) => [
    markdownCode(metric),
    measure(rangeText(metric, unit, before)),
    measure(rangeText(metric, unit, now)),
    changeText(change),
    verdict === 'same' ? verdict : `**${verdict}**`,
  ]);
  return [
    ...titled(
      `Spread of ${runs.length} runs`,
      table([['', 'left'], ...right(['median', 'least', 'greatest'])], spreadRows),
    ),
    ...titled(
      'Compared with the baseline',
      table([['', 'left'], ...right(['before', 'now', 'change']), ['', 'left']], baselineRows),
    ),
  ];
}
