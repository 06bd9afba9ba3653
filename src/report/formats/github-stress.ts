/** Annotations for what broke: GitHub shows ten errors of a step, and the data comes before the thresholds. */
import type { Limit } from '../../stress/limit-shapes.js';
import type { StressReport } from '../report.js';
import { recommendationText } from '../stress/comparison.js';
import { countsText, measuredText, shownRun, stressHeadline } from '../stress/headline.js';
import { ALL_HOLD, axisHeads, breakRows } from '../stress/limit.js';
import { limitBreaches } from '../stress/limit-breaches.js';
import { spanText, truthText } from '../stress/texts.js';
import type { FormatContext } from './format.js';
import { type Annotation, workflowCommand } from './github-commands.js';

export function render(report: StressReport, { cwd }: FormatContext): string {
  const commands = annotationsOf(report).map((annotation) => workflowCommand(annotation, cwd));
  const shown = shownRun(report);
  const counts = shown === null ? '' : `; ${countsText(shown.run)}`;
  return [...commands, `dblock stress: ${stressHeadline(report)}${counts}`]
    .map((line) => `${line}\n`)
    .join('');
}

function annotationsOf(report: StressReport): Annotation[] {
  const { target, runs, thresholds, comparison, limit } = report;
  const path = target?.path ?? null;
  const truths = runs.flatMap(({ truth }) => truth).filter(({ state }) => state === 'broken');
  const open = thresholds.filter(({ state }) => state !== 'held');
  return [
    ...truths.map((invariant) => ({
      ...{ level: 'error' as const, path, title: `Not true [${invariant.id}]` },
      lines: [truthText(invariant)],
    })),
    ...limitBreaches(report).map(({ id, where }) => ({
      ...{ level: 'error' as const, path, title: `Not true [${id}]` },
      lines: [`While its limit was sought, ${where}.`],
    })),
    ...open.map((threshold) => ({
      ...{ level: 'error' as const, path, title: `Threshold ${threshold.state}: ${threshold.threshold}` },
      lines: [`Measured: ${measuredText(threshold)}`],
    })),
    ...errorAnnotations(report, path),
    ...(comparison === null
      ? []
      : [{ level: 'notice' as const, path, title: 'What helps', lines: [recommendationText(comparison)] }]),
    ...(limit === null ? [] : [{ level: 'notice' as const, path, title: 'Limit', lines: limitTexts(limit) }]),
  ];
}

function limitTexts(limit: Limit): string[] {
  const rows = breakRows(limit).map(({ threshold, side, cells }) => {
    const values = cells.map((cell, index) => `${axisHeads(limit)[index]} ${cell}`).join(', ');
    return `${threshold}${side === '' ? '' : ` (${side})`}${threshold === ALL_HOLD ? '' : ' breaks at'} ${values}`;
  });
  return [limit.sentence, ...rows];
}

/** Why; of the run that the other formats show. */
function errorAnnotations(report: StressReport, path: string | null): Annotation[] {
  const shown = shownRun(report);
  return (shown?.run.errors ?? []).map((error) => ({
    level: 'warning',
    path,
    title: `${error.code}, ${error.count} times`,
    lines: [`After ${spanText(error)}: ${error.sentence}`],
  }));
}
