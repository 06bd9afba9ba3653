/** A stress run for a pull request's comment or the summary of a job. */
import { shortPath } from '../../location.js';
import type { StressReport } from '../../report.js';
import { groundTexts } from '../../stress/ground.js';
import { shownRun, stressHeadline } from '../../stress/headline.js';
import { arenaText, loadTexts } from '../../stress/load.js';
import { introTexts } from '../../stress/scenario.js';
import { notesOf, type TruthLine, truthLinesOf } from '../../stress/texts.js';
import type { FormatContext } from '../format.js';
import { markdownText } from './escape.js';
import { folded, keepWithin, MOST_CHARACTERS } from './room.js';
import { comparisonBlocks } from './stress/comparison.js';
import { limitBlocks } from './stress/limit.js';
import { runBlocks, thresholdTable } from './stress/measures.js';
import { severalBlocks } from './stress/several.js';

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
    markdownText(`${several}${loadTexts(report).join(', ')}, ${arenaText(where)}.`),
    ...groundTexts(report).map(markdownText),
    thresholdTable(report),
    ...(shown === null || detail === 'quiet' ? [] : runBlocks(shown.run)),
    ...comparisonBlocks(report),
    ...(report.capacity === null ? [] : [markdownText(report.capacity.sentence)]),
    ...severalBlocks(report),
    ...limitBlocks(report),
    ...truthBlocks(report),
    ...folded('Notes', notesOf(report).map(markdownText)),
  ].filter((block) => block !== '');
  return `${keepWithin(blocks, MOST_CHARACTERS).kept.join('\n\n')}\n`;
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
