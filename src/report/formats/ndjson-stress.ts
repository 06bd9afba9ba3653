/** One JSON object a line: each run, each threshold, then a last line with the verdict and what belongs to all runs. */
import type { StressReport } from '../report.js';
import type { FormatContext } from './format.js';
import { printed } from './ndjson.js';

export function render(report: StressReport, { sqliteVersion }: FormatContext): string {
  const { runs, thresholds, tool, ...rest } = report;
  const lines = [
    ...runs.map((run, index) => ({ type: 'run', run: index + 1, ...run })),
    ...thresholds.map((threshold) => ({ type: 'threshold', ...threshold })),
    { type: 'report', ...rest, tool: { ...tool, sqliteVersion }, runs: runs.length },
  ];
  return lines.map(printed).join('');
}
