/**
 * Annotations of a GitHub Actions run, by its workflow commands. GitHub shows the first ten of each level of a step:
 * the worst come first.
 */
import type { Severity } from '../../doctor/check.js';
import { headlineText } from '../headline.js';
import { CRASHED, type Prose, proseOf, remedyLines } from '../prose.js';
import type { DoctorDatabase, DoctorReport } from '../report.js';
import { bySeverity, findingsOf } from '../verdict.js';
import type { FormatContext } from './format.js';
import { type Annotation, type Level, workflowCommand } from './github-commands.js';

const LEVELS = {
  critical: 'error',
  warning: 'warning',
  info: 'notice',
} as const satisfies Record<Severity, Level>;

/** An annotation for each finding that counts and for whatever makes the report incomplete, then one line for the log. */
export function render(report: DoctorReport, { checks, cwd }: FormatContext): string {
  const annotations = [...incompleteAnnotations(report), ...findingAnnotations(report, proseOf(checks))];
  const commands = annotations.map((annotation) => workflowCommand(annotation, cwd));
  return [...commands, `dblock doctor: ${headlineText(report)}`].map((line) => `${line}\n`).join('');
}

function incompleteAnnotations({ databases, unexamined }: DoctorReport): Annotation[] {
  const missed = unexamined.map(({ path, reason }) => ({ path, title: 'Not examined', lines: [reason] }));
  const crashed = databases.flatMap(({ path, outcomes }) =>
    outcomes.flatMap((outcome) =>
      outcome.outcome === 'crashed'
        ? [{ path, title: `A check crashed [${outcome.id}]`, lines: [outcome.reason, CRASHED] }]
        : [],
    ),
  );
  return [...missed, ...crashed].map((annotation) => ({ level: 'error', ...annotation }));
}

function findingAnnotations({ databases }: DoctorReport, textOf: (id: string) => Prose): Annotation[] {
  const found = databases.flatMap(({ path, outcomes }: DoctorDatabase) =>
    findingsOf(outcomes).map((finding) => ({ path, finding })),
  );
  return bySeverity(found, ({ finding }) => finding.severity).map(({ path, finding }) => ({
    level: LEVELS[finding.severity],
    path,
    title: `${textOf(finding.id).title} [${finding.id}]`,
    lines: [finding.summary, ...remedyLines(finding.remedy)],
  }));
}
