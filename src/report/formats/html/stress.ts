/** The report of a stress run as a page that can be sent, archived by a CI system, and opened without a network. */
import type { ThresholdResult } from '../../../stress/result-shapes.js';
import type { RunResult } from '../../../stress/run-shapes.js';
import { formatBytes, formatCount } from '../../../units.js';
import { shortPath } from '../../location.js';
import type { StressReport } from '../../report.js';
import { groundTexts } from '../../stress/ground.js';
import {
  countsText,
  keptTexts,
  measuredText,
  shownRun,
  standingOf,
  stressHeadline,
  transactionsTitle,
} from '../../stress/headline.js';
import { LATENCY_HEADS, latencyRows } from '../../stress/latency.js';
import { arenaText, loadTexts } from '../../stress/load.js';
import { introTexts, thresholdsTitle } from '../../stress/scenario.js';
import { BASELINE_HEADS, baselineRows, SPREAD_HEADS, spreadRows } from '../../stress/several.js';
import { classText, notesOf, spanText, stateText, truthLinesOf } from '../../stress/texts.js';
import { formatLatency } from '../../stress/values.js';
import type { FormatContext } from '../format.js';
import { pageAssets } from './assets.js';
import { type Chart, chartsOf } from './charts.js';
import { comparisonSection } from './comparison.js';
import { limitSection } from './limit.js';
import { html, type Markup, NOTHING } from './markup.js';
import { htmlPage } from './page.js';
import { section, table } from './parts.js';

export function render(report: StressReport, { cwd }: FormatContext): string {
  const { target } = report;
  const local = target === null ? null : { ...target, path: shortPath(cwd, target.path) };
  const shown = shownRun(report);
  const charts = shown === null ? [] : chartsOf(shown.run, report.limit);
  const name = local === null ? 'scratch database' : local.path;
  const body = html`${header({ ...report, target: local }, name)}
<main>
${section(thresholdsTitle(report), thresholds(report.thresholds))}
${charts.length === 0 ? NOTHING : section('Charts', chartGrid(charts))}
${shown === null ? NOTHING : runSections(report, shown.run, shown.number)}
${report.comparison === null ? NOTHING : comparisonSection(report.comparison)}
${severalSections(report)}
${report.limit === null ? NOTHING : limitSection(report.limit)}
${section('Truth', truths(report))}
${notes(report)}
</main>
${footer(report)}`;
  return htmlPage({ title: `dblock stress: ${name}`, body, data: { charts } }, pageAssets());
}

function header(report: StressReport, name: string): Markup {
  const several = report.runs.length > 1 ? `${report.runs.length} runs, ` : '';
  return html`<header>
<p class="tool">dblock stress</p>
<h1>${name}</h1>
<p class="verdict ${standingOf(report)}">${stressHeadline(report)}</p>
${introTexts(report.scenario).map((text) => html`<p class="load">${text}</p>`)}
<p class="load">${several}${loadTexts(report).join(', ')}, ${arenaText(report)}.</p>
${groundTexts(report).map((text) => html`<p class="load">${text}</p>`)}
</header>`;
}

function thresholds(results: readonly ThresholdResult[]): Markup {
  return html`<ul class="thresholds">${results.map(
    (result) =>
      html`<li class="${result.state}"><code>${result.threshold}</code><strong>${measuredText(result)}</strong><span>${stateText(result.state)}</span></li>`,
  )}</ul>`;
}

function chartGrid(charts: readonly Chart[]): Markup {
  return html`<noscript><p>The charts need JavaScript; the numbers are in the tables below.</p></noscript>
<div class="charts">${charts.map(
    ({ id, title, caption }) =>
      html`<figure><h3>${title}</h3><div class="chart" id="chart-${id}" role="img" aria-label="${title}. ${caption}"></div><figcaption>${caption}</figcaption></figure>`,
  )}</div>`;
}

function runSections(report: StressReport, run: RunResult, number: number): Markup {
  return html`${section(transactionsTitle(report, number), html`<p>${countsText(run)}.</p>${latencies(run)}<p class="quiet">wait is the time of ${run.waitMeaning}.</p>`)}
${report.capacity === null ? NOTHING : section('The write lock', html`<p>${report.capacity.sentence}</p>`)}
${section('Errors, of all attempts', errors(run))}
${section('Actors', actors(run))}`;
}

function latencies(run: RunResult): Markup {
  return table(['', ...LATENCY_HEADS.map((head) => `#${head}`)], latencyRows(run));
}

function errors(run: RunResult): Markup {
  if (run.errors.length === 0) return html`<p>None.</p>`;
  return html`<ul class="errors">${run.errors.map(
    (error) =>
      html`<li><p><strong>${formatCount(error.count)}</strong> × <code>${error.code}</code> <span class="tag ${error.class}">${classText(error.class)}</span> during ${error.phase}, after ${spanText(error)}</p><p>${error.sentence}${error.explain === null ? NOTHING : html` <code>dblock explain ${error.explain}</code>`}</p></li>`,
  )}</ul>`;
}

function actors({ actors: all, fairness, wal }: RunResult): Markup {
  const rows = all.map(({ name, end, committed, failed, retries, wait }) => [
    end.end === 'finished' ? name : `${name} (${end.end === 'died' ? `died: ${end.how}` : 'stuck, killed'})`,
    formatCount(committed),
    formatCount(failed),
    formatCount(retries),
    ...[wait.p50Ms, wait.p99Ms, wait.maxMs].map((ms) => (wait.count === 0 ? '' : formatLatency(ms))),
  ]);
  const heads = ['', '#done', '#given up', '#retries', '#wait p50', '#p99', '#max'];
  return html`${table(heads, rows)}<p class="quiet">Fairness ${fairness.jain.toFixed(3)} (Jain's index; 1 = all alike), from ${formatCount(fairness.fewest)} to ${formatCount(fairness.most)} commits. WAL at most ${formatBytes(wal.peakBytes)}.</p>`;
}

function severalSections({ runs, spread, baseline }: StressReport): Markup[] {
  const numbers = (heads: readonly string[]) => heads.map((head) => `#${head}`);
  const spreads = spreadRows(spread).map(({ metric, cells }) => [metric, ...cells]);
  const changes = baselineRows(baseline ?? []).map(({ metric, cells, verdict }) => [
    metric,
    ...cells,
    verdict,
  ]);
  return [
    spreads.length === 0
      ? NOTHING
      : section(`Spread of ${runs.length} runs`, table(['', ...numbers(SPREAD_HEADS)], spreads)),
    baseline === null
      ? NOTHING
      : section('Compared with the baseline', table(['', ...numbers(BASELINE_HEADS), ''], changes)),
  ];
}

function truths({ runs }: StressReport): Markup {
  const items = truthLinesOf(runs).map(({ state, text }) => html`<li class="${state}">${text}</li>`);
  return html`<ul class="truth">${items}</ul>`;
}

function notes(report: StressReport): Markup {
  const all = [...notesOf(report), ...keptTexts(report)];
  return all.length === 0
    ? NOTHING
    : section('Notes', html`<ul>${all.map((note) => html`<li>${note}</li>`)}</ul>`);
}

function footer({ tool, startedAt }: StressReport): Markup {
  const at = `${startedAt.slice(0, 10)} ${startedAt.slice(11, 19)} UTC`;
  return html`<footer>dblock ${tool.version}, ${at}</footer>`;
}
