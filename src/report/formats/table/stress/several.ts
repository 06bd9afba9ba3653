/** What several runs say: their spread, the change since an earlier one, and how many writers it takes. */
import type { BaselineRow, Limit, Spread } from '../../../../stress/shapes.js';
import { changeText, limitText, rangeText } from '../../../stress/texts.js';
import { formatLatency, formatMetric, formatRate, formatShare } from '../../../stress/values.js';
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

export function limitLines(page: Page, limit: Limit): string[] {
  const rows = limit.points.map(
    ({ writers, held, broken, throughputPerSecond, failureRate, waitP99Ms, waitMaxMs }) => [
      String(writers),
      held ? 'held' : 'broken',
      formatRate(throughputPerSecond),
      formatShare(failureRate),
      formatLatency(waitP99Ms),
      formatLatency(waitMaxMs),
      broken.join(', '),
    ],
  );
  const head = ['writers', '', 'throughput', 'failures', 'wait p99', 'max', ''];
  return [...headed(page, [head, ...rows], 7), ...prose(page, limitText(limit), 2)];
}

function headed(page: Page, rows: readonly (readonly string[])[], columns: number): string[] {
  const aligns = Array.from({ length: columns }, (_, column) =>
    column === 0 || column === columns - 1 ? ('left' as const) : ('right' as const),
  );
  const [head = '', ...lines] = gridLines(rows, columns === 4 ? ['left', 'right', 'right', 'right'] : aligns);
  return [page.style.dim(`  ${head}`), ...lines.map((line) => `  ${line}`)];
}
