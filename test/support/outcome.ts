import type { Check, Severity } from '../../src/doctor/check.js';
import { examine, type Outcome } from '../../src/doctor/examine.js';
import type { Evidence } from '../../src/doctor/shapes.js';

/** What one check makes of one database, examined alone or together with others. */
export function outcomeOf(check: Check, evidence: Evidence, siblings: readonly Evidence[] = []): Outcome {
  const [outcome] = examine({ evidence, siblings }, [check]);
  if (!outcome) throw new Error('one check gives one outcome');
  return outcome;
}

export type Finding = Extract<Outcome, { outcome: 'found' }>;

/** The finding of a check that must find something; otherwise the error says what it said instead. */
export function findingOf(check: Check, evidence: Evidence, siblings: readonly Evidence[] = []): Finding {
  const outcome = outcomeOf(check, evidence, siblings);
  if (outcome.outcome !== 'found') throw new Error(`expected a finding: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** `found: warning`, `clear`, or `skipped: reason`: all of an outcome that a table of cases needs. */
export function verdictOf(
  check: Check,
  evidence: Evidence,
): 'clear' | `found: ${Severity}` | `${string}: ${string}` {
  const outcome = outcomeOf(check, evidence);
  if (outcome.outcome === 'found') return `found: ${outcome.severity}`;
  return outcome.outcome === 'clear' ? 'clear' : `${outcome.outcome}: ${outcome.reason}`;
}
