/** What one run measured, in Markdown. */
import type { RunResult } from '../../../../stress/run-shapes.js';
import { formatBytes, formatCount } from '../../../../units.js';
import type { StressReport } from '../../../report.js';
import { countsText, measuredText } from '../../../stress/headline.js';
import { LATENCY_HEADS, latencyRows } from '../../../stress/latency.js';
import { classText, spanText, stateText } from '../../../stress/texts.js';
import { markdownCode, markdownText } from '../escape.js';
import { measure, right, table } from './grid.js';

export function thresholdTable({ thresholds }: StressReport): string {
  const rows = thresholds.map((threshold) => [
    markdownCode(threshold.threshold),
    measure(measuredText(threshold)),
    threshold.state === 'held' ? 'held' : `**${stateText(threshold.state)}**`,
  ]);
  return table(
    [
      ['threshold', 'left'],
      ['measured', 'right'],
      ['', 'left'],
    ],
    rows,
  );
}

export function runBlocks(run: RunResult): string[] {
  const { fairness, wal } = run;
  return [
    `${countsText(run)}. Fairness ${fairness.jain.toFixed(3)}, WAL at most ${formatBytes(wal.peakBytes)}.`,
    latencyTable(run),
    errorTable(run),
  ];
}

function latencyTable(run: RunResult): string {
  const rows = latencyRows(run).map(([name = '', ...numbers]) => [name, ...numbers.map(measure)]);
  return table([['', 'left'], ...right(LATENCY_HEADS)], rows);
}

function errorTable({ errors }: RunResult): string {
  const rows = errors.map((error) => [
    formatCount(error.count),
    markdownCode(error.code),
    classText(error.class),
    measure(spanText(error)),
    `${markdownText(error.sentence)}${error.explain === null ? '' : ` ${markdownCode(`dblock explain ${error.explain}`)}`}`,
  ]);
  const heads = [
    ['count', 'right'],
    ['code', 'left'],
    ['class', 'left'],
    ['after', 'left'],
    ['why', 'left'],
  ] as const;
  return table(heads, rows);
}
