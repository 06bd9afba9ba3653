/** What each remedy changed, in Markdown. */
import type { Comparison } from '../../../../stress/comparison-shapes.js';
import type { StressReport } from '../../../report.js';
import {
  COMPARISON_HEADS,
  combinedTexts,
  comparisonLegend,
  comparisonRows,
  comparisonTitle,
  leftOutTexts,
  stepTexts,
} from '../../../stress/comparison.js';
import { markdownCode, markdownText } from '../escape.js';
import { folded } from '../room.js';
import { measure, right, table } from './grid.js';

export function comparisonBlocks({ comparison }: StressReport): string[] {
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
  return [
    `**${comparisonTitle(comparison)}**`,
    table([['', 'left'], ...right(COMPARISON_HEADS), ['', 'left'], ['', 'left']], rows),
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
