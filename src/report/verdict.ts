import type { Severity } from '../doctor/check.js';
import type { Outcome } from '../doctor/examine.js';
import type { ExitCode, Verdict } from './report.js';

/** From which severity on a finding makes the command fail. */
export type FailOn = Severity | 'never';

export type Finding = Extract<Outcome, { outcome: 'found' }>;

const RANK = { info: 0, warning: 1, critical: 2, never: 3 } as const satisfies Record<FailOn, number>;

/** The findings that count: those that nobody muted. */
export function findingsOf(outcomes: readonly Outcome[]): Finding[] {
  return outcomes.filter((outcome) => outcome.outcome === 'found').filter(({ muted }) => muted === undefined);
}

/** `ok` may come with findings to know, of severity info. */
export function verdictOf(outcomes: readonly Outcome[]): Verdict {
  if (outcomes.some(({ outcome }) => outcome === 'crashed')) return 'incomplete';
  const worst = worstOf(outcomes);
  return worst === null || worst === 'info' ? 'ok' : worst;
}

/** 2: a check crashed. 1: a finding at or above `failOn`. 0: neither. */
export function exitCodeOf(outcomes: readonly Outcome[], failOn: FailOn): ExitCode {
  if (outcomes.some(({ outcome }) => outcome === 'crashed')) return 2;
  return findingsOf(outcomes).some(({ severity }) => RANK[severity] >= RANK[failOn]) ? 1 : 0;
}

/** The worst severity of a finding that counts; `null` without one. */
export function worstOf(outcomes: readonly Outcome[]): Severity | null {
  const severities = findingsOf(outcomes).map(({ severity }) => severity);
  return bySeverity(severities, (severity) => severity)[0] ?? null;
}

/** From critical to info; equals stay in their order. */
export function bySeverity<T>(items: readonly T[], severityOf: (item: T) => Severity): T[] {
  return [...items].sort((a, b) => RANK[severityOf(b)] - RANK[severityOf(a)]);
}
