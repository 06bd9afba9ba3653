import { createHash } from 'node:crypto';
import { remedyLines } from '../../prose.js';
import type { DoctorReport } from '../../report.js';
import { bySeverity, type Finding } from '../../verdict.js';
import type { FormatContext } from '../format.js';
import { plainText } from './message.js';
import { artifactOf, locationsOf } from './place.js';
import { LEVELS, type Rule } from './rules.js';

/** Everything that was found, from critical to info; what is muted is there, suppressed. */
export function resultsOf(
  { databases }: DoctorReport,
  { cwd }: FormatContext,
  rules: readonly Rule[],
): object[] {
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const found = databases.flatMap(({ path, outcomes }) =>
    outcomes.flatMap((outcome) => (outcome.outcome === 'found' ? [{ path, finding: outcome }] : [])),
  );
  return bySeverity(found, ({ finding }) => finding.severity).map(({ path, finding }) => ({
    ruleId: finding.id,
    ruleIndex: indexes.get(finding.id) ?? -1,
    level: LEVELS[finding.severity],
    message: { text: plainText([finding.summary, ...remedyLines(finding.remedy)]) },
    locations: locationsOf(cwd, path),
    partialFingerprints: fingerprintsOf(finding.id, artifactOf(cwd, path).uri),
    suppressions: suppressionsOf(finding),
  }));
}

/**
 * The same finding on the same database is the same result, whatever the pids and numbers in it. Code scanning knows
 * results by `primaryLocationLineHash` and makes one of the bytes of the file if there is none.
 */
function fingerprintsOf(id: string, uri: string): Record<string, string> {
  const hash = createHash('sha256').update(`${id}\n${uri}`).digest('hex');
  return { 'dblockCheckAndDatabase/v1': hash, primaryLocationLineHash: `${hash.slice(0, 16)}:1` };
}

/** On every result, if on any (§3.27.23). */
function suppressionsOf({ muted }: Finding): object[] {
  return muted === undefined ? [] : [{ kind: 'external', status: 'accepted', justification: muted }];
}
