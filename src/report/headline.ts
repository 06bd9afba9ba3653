import type { Severity } from '../doctor/check.js';
import { formatCount, plural } from '../units.js';
import { countOf } from './outcomes.js';
import type { DoctorReport, Verdict } from './report.js';
import { findingsOf } from './verdict.js';

const WORDS = {
  critical: 'Critical',
  warning: 'Warning',
  ok: 'OK',
  incomplete: 'Incomplete',
} as const satisfies Record<Verdict, string>;

/** The verdict in a word, and how many findings of each severity there are. Has no text from outside. */
export function headlineText(report: DoctorReport): string {
  return `${WORDS[report.verdict]}: ${[...failures(report), findings(report)].join('; ')}`;
}

/** What makes a report incomplete. */
function failures({ databases, unexamined }: DoctorReport): string[] {
  const outcomes = databases.flatMap((database) => database.outcomes);
  const crashed = countOf(outcomes, 'crashed');
  return [
    ...(unexamined.length === 0 ? [] : [`${plural(unexamined.length, 'database')} not examined`]),
    ...(crashed === 0 ? [] : [`${plural(crashed, 'check')} crashed`]),
  ];
}

function findings(report: DoctorReport): string {
  const outcomes = report.databases.flatMap((database) => database.outcomes);
  const severities = findingsOf(outcomes).map(({ severity }) => severity);
  const muted = countOf(outcomes, 'found') - severities.length;
  const skipped = countOf(outcomes, 'skipped');
  const quiet = severities.every((severity) => severity === 'info');
  const counts = [
    ...severityCounts(severities),
    ...(severities.length === 0 ? [muted === 0 ? 'nothing found' : 'nothing else found'] : []),
    ...(muted === 0 ? [] : [`${muted} muted`]),
    // "Nothing found" is worth as much as the checks that could look.
    ...(quiet && skipped > 0 ? [`${plural(skipped, 'check')} skipped`] : []),
  ];
  return `${counts.join(', ')}${where(report)}`;
}

function severityCounts(severities: readonly Severity[]): string[] {
  const count = (severity: Severity) => severities.filter((candidate) => candidate === severity).length;
  const [critical, warning, info] = [count('critical'), count('warning'), count('info')];
  return [
    ...(critical === 0 ? [] : [plural(critical, 'critical finding')]),
    ...(warning === 0 ? [] : [plural(warning, 'warning')]),
    ...(info === 0 ? [] : [info === severities.length ? `no warnings, ${info} info` : `${info} info`]),
  ];
}

function where({ databases }: DoctorReport): string {
  if (databases.length === 1) return '';
  const withFindings = databases.filter(({ outcomes }) => findingsOf(outcomes).length > 0).length;
  const all = `${formatCount(databases.length)} databases`;
  return withFindings === 0 || withFindings === databases.length
    ? ` in ${all}`
    : ` in ${formatCount(withFindings)} of ${all}`;
}
