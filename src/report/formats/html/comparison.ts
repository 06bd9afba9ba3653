/** Remedies as small multiples: one figure for each number, one bar for each remedy, all in the same order. */
import type { ComparedVariant, Comparison } from '../../../stress/comparison-shapes.js';
import {
  COMPARISON_HEADS,
  type ComparisonCell,
  combinedTexts,
  comparisonLegend,
  comparisonRows,
  comparisonTitle,
  leftOutTexts,
  stepTexts,
} from '../../stress/comparison.js';
import { formatMetric } from '../../stress/values.js';
import { html, type Markup, NOTHING } from './markup.js';
import { section, table } from './parts.js';

const FIGURES = [
  ['failure_rate', 'Failures', 'less is better'],
  ['retry_rate', 'Retries', 'less is better'],
  ['rows', 'Rows per second', 'more is better'],
  ['wait.p50', 'Wait, p50', 'less is better'],
  ['wait.p99', 'Wait, p99', 'less is better'],
  ['wait.max', 'Wait, longest', 'less is better'],
  ['fairness', 'Fairness', 'more is better'],
] as const;

export function comparisonSection(comparison: Comparison): Markup {
  const rows = comparisonRows(comparison);
  const cells = rows.map(({ id, cells, standing }) => [id, ...cells.map(cellText), standing]);
  const details = rows.flatMap(({ id, details }) =>
    details.length === 0 ? [] : [html`<li><strong>${id}</strong> ${details.join(' ')}</li>`],
  );
  return html`${section('What helps', recommendation(comparison))}
${section(
  comparisonTitle(comparison),
  html`<div class="multiples">${FIGURES.map(([metric, title, hint]) => figure(comparison, metric, title, hint))}${truthFigure(comparison)}</div>
<p class="quiet">Green: everything holds with it. ${comparisonLegend(comparison)}</p>
${table(['', ...COMPARISON_HEADS.map((name) => `#${name}`), ''], cells)}
<ul class="details">${details}</ul>
${folded('Together, in one round each', combinedTexts(comparison))}
${folded('Left out', leftOutTexts(comparison))}`,
)}`;
}

function cellText({ value, ratio, interval }: ComparisonCell): string {
  const sure = interval === '' ? '' : ` (${interval})`;
  return ratio === '' ? value : `${value}, ${ratio}${sure}`;
}

function folded(title: string, texts: readonly string[]): Markup {
  if (texts.length === 0) return NOTHING;
  const items = texts.map((text) => html`<li>${text}</li>`);
  return html`<details><summary>${title} (${texts.length})</summary><ul>${items}</ul></details>`;
}

function recommendation(comparison: Comparison): Markup {
  const { sentence, recipe } = comparison;
  const steps = stepTexts(comparison).map(({ id, text }) => html`<li><code>${id}</code>: ${text}</li>`);
  const commands = (recipe?.commands ?? []).map((command) => html`<code>${command}</code>`);
  return html`<p>${sentence}</p>
${steps.length === 0 ? NOTHING : html`<ol>${steps}</ol>`}
${recipe === null ? NOTHING : html`<p>${commands}</p><p class="quiet">${recipe.reason}</p>`}`;
}

/** What was not true of the data, beside the numbers. */
function truthFigure({ asFound, variants }: Comparison): Markup {
  const most = Math.max(...[asFound, ...variants].map(({ untrue }) => untrue.length));
  if (most === 0) return NOTHING;
  const bars = [asFound, ...variants].map((variant) =>
    barRow(
      variant,
      variant.untrue.length / most,
      variant.untrue.length === 0 ? 'all true' : variant.untrue.join(', '),
    ),
  );
  return html`<figure><h3>Not true</h3><div class="bars">${bars}</div><figcaption>Of the data, in one round or more; less is better.</figcaption></figure>`;
}

function figure({ asFound, variants }: Comparison, metric: string, title: string, hint: string): Markup {
  const all = [asFound, ...variants];
  const most = Math.max(...all.map((variant) => medianOf(variant, metric)?.median ?? 0));
  const bars = all.map((variant) => bar(variant, metric, most));
  return html`<figure><h3>${title}</h3><div class="bars">${bars}</div><figcaption>Medians over the rounds; ${hint}.</figcaption></figure>`;
}

function bar(variant: ComparedVariant, metric: string, most: number): Markup {
  const cell = medianOf(variant, metric);
  const share = cell === undefined || most === 0 ? 0 : cell.median / most;
  return barRow(
    variant,
    share,
    cell === undefined ? 'not measured' : formatMetric(metric, cell.unit, cell.median),
  );
}

/** @param share of the longest bar */
function barRow(variant: ComparedVariant, share: number, value: string): Markup {
  const name = variant.id === 'as-found' ? 'as found' : variant.id;
  return html`<span>${name}</span><svg class="${variant.holds ? 'held' : 'broken'}" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect width="${(100 * share).toFixed(2)}" height="10"/></svg><span class="number">${value}</span>`;
}

function medianOf({ cells }: ComparedVariant, name: string) {
  return cells.find(({ metric }) => metric === name);
}
