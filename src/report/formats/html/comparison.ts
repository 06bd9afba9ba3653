/** Remedies as small multiples: one figure for each number, one bar for each remedy, all in the same order. */
import type { ComparedVariant, Comparison } from '../../../stress/comparison-shapes.js';
import { COMPARISON_HEADS, comparisonRows, comparisonTitle, leftOutTexts } from '../../stress/comparison.js';
import { formatMetric } from '../../stress/values.js';
import { html, type Markup, NOTHING } from './markup.js';
import { section, table } from './parts.js';

const FIGURES = [
  ['failure_rate', 'Failures', 'less is better'],
  ['rows', 'Rows per second', 'more is better'],
  ['wait.p99', 'Wait, p99', 'less is better'],
  ['fairness', 'Fairness', 'more is better'],
] as const;

export function comparisonSection(comparison: Comparison): Markup {
  const rows = comparisonRows(comparison);
  const cells = rows.map(({ id, cells, standing }) => [id, ...cells, standing]);
  const details = rows.flatMap(({ id, details }) =>
    details.length === 0 ? [] : [html`<li><strong>${id}</strong> ${details.join(' ')}</li>`],
  );
  const leftOut = leftOutTexts(comparison).map((text) => html`<li>${text}</li>`);
  return section(
    comparisonTitle(comparison),
    html`<p>${comparison.sentence}</p>
<div class="multiples">${FIGURES.map(([metric, title, hint]) => figure(comparison, metric, title, hint))}</div>
${table(['', ...COMPARISON_HEADS.map((name) => `#${name}`), ''], cells)}
<ul class="details">${details}</ul>
${leftOut.length === 0 ? NOTHING : html`<details><summary>Left out (${leftOut.length})</summary><ul>${leftOut}</ul></details>`}`,
  );
}

function figure({ asFound, variants }: Comparison, metric: string, title: string, hint: string): Markup {
  const all = [asFound, ...variants];
  const most = Math.max(...all.map((variant) => medianOf(variant, metric)?.median ?? 0));
  const bars = all.map((variant) => bar(variant, metric, most));
  return html`<figure><h3>${title}</h3><div class="bars">${bars}</div><figcaption>Medians over the rounds; ${hint}.</figcaption></figure>`;
}

function bar(variant: ComparedVariant, metric: string, most: number): Markup {
  const cell = medianOf(variant, metric);
  const share = cell === undefined || most === 0 ? 0 : (100 * cell.median) / most;
  const value = cell === undefined ? 'not measured' : formatMetric(metric, cell.unit, cell.median);
  const name = variant.id === 'as-found' ? 'as found' : variant.id;
  return html`<span>${name}</span><svg class="${variant.holds ? 'held' : 'broken'}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${share.toFixed(2)}" height="10"/></svg><span class="number">${value}</span>`;
}

function medianOf({ cells }: ComparedVariant, name: string) {
  return cells.find(({ metric }) => metric === name);
}
