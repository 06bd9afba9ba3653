/** Where thresholds break, and all that was tried. The charts are in charts.ts. */
import type { Limit } from '../../../stress/limit-shapes.js';
import { axisHeads, breakRows } from '../../stress/limit.js';
import { CURVE_HEADS, curvesOf } from '../../stress/limit-curves.js';
import { limitNotes, ruleTexts } from '../../stress/limit-notes.js';
import { html, type Markup } from './markup.js';
import { section, table } from './parts.js';

export function limitSection(limit: Limit): Markup {
  const { cure, sentence } = limit;
  const heads = axisHeads(limit).map((head) => `#${head}`);
  const breaks = breakRows(limit).map(({ threshold, side, cells }) => [
    threshold,
    ...(cure === null ? [] : [side]),
    ...cells,
  ]);
  const curves = curvesOf(limit).map(
    ({ title, head, rows }) =>
      html`<h3>${title}</h3>${table(
        [`#${head}`, ...CURVE_HEADS.map((name) => `#${name}`), ''],
        rows.map(({ value, cells, standing }) => [value, ...cells, standing]),
      )}`,
  );
  return section(
    `Limit: where each threshold breaks${cure === null ? '' : `, as found and with ${cure}`}`,
    html`<p>${sentence}</p>
${table(['', ...(cure === null ? [] : ['']), ...heads], breaks)}
${limitNotes(limit).map((text) => html`<p class="quiet">${text}</p>`)}
${curves}
<details><summary>Rules of thumb of others, which have no part in this</summary><ul>${ruleTexts(limit).map((text) => html`<li>${text}</li>`)}</ul></details>`,
  );
}
