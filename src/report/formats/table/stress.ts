import type { ThresholdResult } from '../../../stress/result-shapes.js';
import type { StressReport } from '../../report.js';
import { sanitise } from '../../sanitise.js';
import { comparisonTitle } from '../../stress/comparison.js';
import { groundTexts } from '../../stress/ground.js';
import {
  countsText,
  keptTexts,
  measuredText,
  type Standing,
  shownRun,
  standingOf,
  stressHeadline,
  transactionsTitle,
} from '../../stress/headline.js';
import { arenaText, loadTexts } from '../../stress/load.js';
import { introTexts, thresholdsTitle } from '../../stress/scenario.js';
import { notesOf, stateText, type TruthLine, truthLinesOf } from '../../stress/texts.js';
import type { Tone } from '../../style.js';
import type { FormatContext } from '../format.js';
import { type Page, pageOf, paragraphs, prose, toned } from './page.js';
import { comparisonLines, recommendationLines } from './stress/comparison.js';
import { errorLines } from './stress/errors.js';
import { gridLines } from './stress/grid.js';
import { limitSections } from './stress/limit.js';
import { actorLines, histogramLines, latencyLines, otherLines } from './stress/measures.js';
import { baselineLines, spreadLines } from './stress/several.js';

/** The verdict and the thresholds; what was measured; what went wrong and why; whether the data is right. */
export function render(report: StressReport, context: FormatContext): string {
  const page = pageOf(context);
  const { unicode } = context.terminal;
  const sections = [
    headLines(page, report),
    section(page, thresholdsTitle(report), thresholdLines(page, report.thresholds)),
  ];
  // who seeks a limit does not seek the numbers of one run
  if (page.detail === 'verbose' || (page.detail === 'normal' && report.limit === null))
    sections.push(...runSections(page, report, unicode));
  if (page.detail !== 'quiet' && report.capacity !== null)
    sections.push(section(page, 'The write lock', prose(page, report.capacity.sentence, 2)));
  sections.push(...severalSections(page, report), truthSection(page, report), noteLines(page, report));
  if (report.comparison !== null)
    sections.push(section(page, 'What helps', recommendationLines(page, report.comparison)));
  const text = paragraphs(sections);
  return `${unicode ? text : asciiOf(text)}\n`;
}

/** What a terminal without Unicode could not show. */
const ASCII: Readonly<Record<string, string>> = {
  µ: 'u',
  '×': 'x',
  '–': '-',
  '≤': '<=',
  '→': '>',
  '…': '...',
};

function asciiOf(text: string): string {
  return text.replace(/[µ×–≤→…]/g, (character) => ASCII[character] ?? character);
}

const TONES = { held: 'ok', broken: 'critical', unknown: 'incomplete' } as const satisfies Record<
  Standing,
  Tone
>;

function headLines(page: Page, report: StressReport): string[] {
  const { runs, scenario } = report;
  const several = runs.length > 1 ? `${runs.length} runs, ` : '';
  return [
    ...toned(page, TONES[standingOf(report)], stressHeadline(report)),
    ...introTexts(scenario).flatMap((text) => prose(page, text)),
    ...(scenario === null ? [] : ['']),
    ...prose(page, `${several}${loadTexts(report).join(', ')}, ${arenaText(report)}.`),
    ...groundTexts(report).flatMap((text) => prose(page, text)),
  ];
}

function section(page: Page, title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [page.style.bold(title), ...lines];
}

function thresholdLines(page: Page, thresholds: readonly ThresholdResult[]): string[] {
  const { style } = page;
  const rows = thresholds.map((threshold) => [
    sanitise(threshold.threshold),
    measuredText(threshold),
    stateText(threshold.state),
  ]);
  return gridLines(rows, ['left', 'right', 'left']).map((line, index) => {
    const tone = TONES[thresholds[index]?.state ?? 'unknown'];
    return `  ${style.tone[tone](`${style.mark[tone]} ${line}`)}`;
  });
}

function runSections(page: Page, report: StressReport, unicode: boolean): string[][] {
  const shown = shownRun(report);
  if (shown === null) return [];
  const { run, number } = shown;
  const waits = sanitise(run.waitMeaning);
  return [
    section(page, transactionsTitle(report, number), [
      ...prose(page, `${countsText(run)}.`, 2),
      ...latencyLines(page, run),
    ]),
    run.wait.count === 0
      ? []
      : section(page, 'Waits for the write lock', [
          ...prose(page, `The time of ${waits}.`, 2),
          ...histogramLines(page, run, unicode),
        ]),
    section(page, 'Writers', actorLines(page, run, unicode)),
    section(page, 'Errors, of all attempts', errorLines(page, run)),
    otherLines(page, run),
  ];
}

function severalSections(page: Page, report: StressReport): string[][] {
  const { runs, spread, baseline, limit, comparison } = report;
  return [
    comparison === null ? [] : section(page, comparisonTitle(comparison), comparisonLines(page, comparison)),
    // A comparison has intervals of its own.
    spread.length === 0 || comparison !== null
      ? []
      : section(page, `Spread of ${runs.length} runs`, spreadLines(page, spread)),
    baseline === null ? [] : section(page, 'Compared with the baseline', baselineLines(page, baseline)),
    ...(limit === null
      ? []
      : limitSections(page, limit).map(({ title, lines }) => section(page, title, lines))),
  ];
}

const TRUTH_TONES = { held: 'ok', broken: 'critical', unknown: 'muted' } as const satisfies Record<
  TruthLine['state'],
  Tone
>;

function truthSection(page: Page, { runs, comparison }: StressReport): string[] {
  const { style } = page;
  const lines = truthLinesOf(runs).filter(({ state }) => page.detail !== 'quiet' || state === 'broken');
  return section(
    page,
    comparison === null ? 'Truth' : 'Truth, as found',
    lines.flatMap(({ state, text }) => {
      const tone = TRUTH_TONES[state];
      return prose(page, `${style.mark[tone]} ${text}`, 2, 4).map(state === 'held' ? same : style.tone[tone]);
    }),
  );
}

function same(line: string): string {
  return line;
}

function noteLines(page: Page, report: StressReport): string[] {
  const notes = notesOf(report).map((note) => `Note: ${note}`);
  return [...notes, ...keptTexts(report)].flatMap((text) => prose(page, text, 0, 2));
}
