/** Where the thresholds break, in Markdown. */
import type { StressReport } from '../../../report.js';
import { ALL_HOLD, axisHeads, breakRows, KEEPS_UP } from '../../../stress/limit.js';
import { CURVE_HEADS, curvesOf } from '../../../stress/limit-curves.js';
import { limitNotes, ruleTexts } from '../../../stress/limit-notes.js';
import { markdownCode, markdownText } from '../escape.js';
import { folded } from '../room.js';
import { type Head, measure, right, table, titled } from './grid.js';

/** All that was tried is in the JSON; the folded tables are for those who want to see it here. */
export function limitBlocks({ limit }: StressReport): string[] {
  if (limit === null) return [];
  const sides: Head[] = limit.cure === null ? [] : [['', 'left']];
  const heads = right(axisHeads(limit));
  const breaks = breakRows(limit).map(({ threshold, side, cells }) => [
    threshold === ALL_HOLD || threshold === KEEPS_UP ? threshold : markdownCode(threshold),
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
        [[head, 'right'], ...right(CURVE_HEADS), ['', 'left']],
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
