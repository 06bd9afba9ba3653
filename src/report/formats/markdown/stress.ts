/** A stress run for a pull request's comment or the summary of a job. */
import type { Comparison } from '../../../stress/comparison-shapes.js';
import type { Latency, RunResult } from '../../../stress/shapes.js';
import { formatBytes, formatCount } from '../../../units.js';
import { shortPath } from '../../location.js';
import type { StressReport } from '../../report.js';
import {
  COMPARISON_HEADS,
  combinedTexts,
  comparisonLegend,
  comparisonRows,
  comparisonTitle,
  leftOutTexts,
  stepTexts,
} from '../../stress/comparison.js';
import { countsText, measuredText, shownRun, stressHeadline } from '../../stress/headline.js';
import {
  ALL_HOLD,
  axisHeads,
  breakRows,
  CURVE_HEADS,
  curvesOf,
  limitNotes,
  ruleTexts,
} from '../../stress/limit.js';
import { arenaText, loadTexts } from '../../stress/load.js';
import { introTexts } from '../../stress/scenario.js';
import {
  changeText,
  classText,
  rangeText,
  spanText,
  type TruthLine,
  truthLinesOf,
} from '../../stress/texts.js';
import { formatLatency, formatMetric } from '../../stress/values.js';
import type { FormatContext } from '../format.js';
import { markdownCode, markdownText } from './escape.js';
import { folded, keepWithin, MOST_CHARACTERS } from './room.js';

export function render(report: StressReport, { cwd, detail }: FormatContext): string {
  const shown = shownRun(report);
  const { target } = report;
  const where =
    target === null ? report : { ...report, target: { ...target, path: shortPath(cwd, target.path) } };
  const several = report.runs.length > 1 ? `${report.runs.length} runs: ` : '';
  const blocks = [
    '## dblock stress',
    `**${markdownText(stressHeadline(report))}**`,
    ...introTexts(report.scenario).map(markdownText),
    markdownText(`${several}${loadTexts(report.load).join(', ')}, ${arenaText(where)}.`),
    thresholdTable(report),
    ...(shown === null || detail === 'quiet' ? [] : runBlocks(shown.run)),
    ...comparisonBlocks(report),
    ...(report.capacity === null ? [] : [markdownText(report.capacity.sentence)]),
    ...severalBlocks(report),
    ...limitBlocks(report),
    ...truthBlocks(report),
    ...folded('Notes', notesOf(report)),
  ].filter((block) => block !== '');
  return `${keepWithin(blocks, MOST_CHARACTERS).kept.join('\n\n')}\n`;
}

type Align = 'left' | 'right';

function table(
  heads: readonly (readonly [text: string, align: Align])[],
  rows: readonly (readonly string[])[],
): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = heads.map(([, align]) => (align === 'left' ? '---' : '---:'));
  return [line(heads.map(([text]) => text)), line(rule), ...rows.map(line)].join('\n');
}

/** Our own numbers: `<1 µs` is all that Markdown could take for something else. */
function measure(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function thresholdTable({ thresholds }: StressReport): string {
  const rows = thresholds.map((threshold) => [
    markdownCode(threshold.threshold),
    measure(measuredText(threshold)),
    threshold.state === 'broken' ? '**broken**' : threshold.state === 'held' ? 'held' : '**not known**',
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

function runBlocks(run: RunResult): string[] {
  const { fairness, wal } = run;
  return [
    `${countsText(run)}. Fairness ${fairness.jain.toFixed(3)}, WAL at most ${formatBytes(wal.peakBytes)}.`,
    latencyTable(run),
    errorTable(run),
  ];
}

function latencyTable(run: RunResult): string {
  const rows: [string, Latency][] = [
    ['wait', run.wait],
    ['hold', run.hold],
    ['commit', run.commit],
    ['total', run.total],
    ['read', run.reads],
  ];
  const heads = ['avg', 'p50', 'p90', 'p99', 'p99.9', 'max', 'count'].map((name) => [name, 'right'] as const);
  return table(
    [['', 'left'], ...heads],
    rows
      .filter(([, { count }]) => count > 0)
      .map(([name, { meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs, count }]) => [
        name,
        ...[meanMs, p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map((ms) => measure(formatLatency(ms))),
        formatCount(count),
      ]),
  );
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

function comparisonBlocks({ comparison }: StressReport): string[] {
  if (comparison === null) return [];
  const rows = comparisonRows(comparison).map(({ id, cells, standing, holds, details }) => [
    markdownCode(id),
    ...cells.map(({ value, ratio, interval }) =>
      [value, ratio, interval === '' ? '' : `(${interval})`]
        .filter((text) => text !== '')
        .map(measure)
        .join('<br>'),
    ),
    holds ? `**${standing}**` : markdownText(standing),
    markdownText(details.join(' ')),
  ]);
  const heads = COMPARISON_HEADS.map((name) => [name, 'right'] as const);
  return [
    `**${comparisonTitle(comparison)}**`,
    table([['', 'left'], ...heads, ['', 'left'], ['', 'left']], rows),
    comparisonLegend(comparison),
    ...folded('Remedies together, in one round each', combinedTexts(comparison).map(markdownText)),
    ...folded('Remedies that change nothing of this load', leftOutTexts(comparison).map(markdownText)),
    `**What helps:** ${markdownText(comparison.sentence)}`,
    ...recommendationBlocks(comparison),
  ];
}

function recommendationBlocks(comparison: Comparison): string[] {
  const steps = stepTexts(comparison).map(
    ({ id, text }, index) => `${index + 1}. ${markdownCode(id)}: ${markdownText(text)}`,
  );
  const { recipe } = comparison;
  const commands = (recipe?.commands ?? []).map(markdownCode).join(', ');
  return [
    ...(steps.length === 0 ? [] : [steps.join('\n')]),
    ...(recipe === null ? [] : [`${commands}: ${markdownText(recipe.reason)}`]),
  ];
}

function severalBlocks({ runs, spread, baseline }: StressReport): string[] {
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
  const right = (...names: readonly string[]) => names.map((name) => [name, 'right'] as const);
  return [
    ...titled(
      `Spread of ${runs.length} runs`,
      table([['', 'left'], ...right('median', 'least', 'greatest')], spreadRows),
    ),
    ...titled(
      'Compared with the baseline',
      table([['', 'left'], ...right('before', 'now', 'change'), ['', 'left']], baselineRows),
    ),
  ];
}

/** All that was tried is in the JSON; the folded tables are for those who want to see it here. */
function limitBlocks({ limit }: StressReport): string[] {
  if (limit === null) return [];
  const sides = limit.cure === null ? [] : [['', 'left'] as const];
  const heads = axisHeads(limit).map((head) => [head, 'right'] as const);
  const breaks = breakRows(limit).map(({ threshold, side, cells }) => [
    threshold === ALL_HOLD ? threshold : markdownCode(threshold),
    ...(side === '' ? [] : [side]),
    ...cells.map(measure),
  ]);
  const cure = limit.cure === null ? '' : `, as found and with ${limit.cure}`;
  return [
    ...titled(`Limit: where each threshold breaks${cure}`, table([['', 'left'], ...sides, ...heads], breaks)),
    markdownText(limit.sentence),
    ...limitNotes(limit).map(markdownText),
    ...curvesOf(limit).flatMap(({ title, head, rows }) => [
      `**${markdownText(title)}**`,
      table(
        [[head, 'right'], ...CURVE_HEADS.map((name) => [name, 'right'] as const), ['', 'left']],
        rows.map(({ value, cells, standing, held }) => [
          value,
          ...cells.map(measure),
          held ? standing : `**${markdownText(standing)}**`,
        ]),
      ),
    ]),
    ...folded('Rules of thumb of others, which have no part in this', ruleTexts(limit).map(markdownText)),
  ];
}

function titled(title: string, block: string): string[] {
  return block === '' ? [] : [`**${title}**`, block];
}

/** What does not hold stands open. */
function truthBlocks({ runs }: StressReport): string[] {
  const lines = truthLinesOf(runs);
  const of = (wanted: TruthLine['state']) =>
    lines.filter(({ state }) => state === wanted).map(({ text }) => markdownText(text));
  return [
    ...of('broken').map((text) => `**Not true:** ${text}`),
    ...of('unknown').map((text) => `Not known: ${text}`),
    ...folded('What was found true', of('held')),
  ];
}

function notesOf({ notes, runs }: StressReport): string[] {
  return [...new Set([...notes, ...runs.flatMap((run) => run.notes)])].map(markdownText);
}
