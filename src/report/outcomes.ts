/** Counting and grouping outcomes: what several formats have in common. */
import type { Outcome } from '../doctor/examine.js';
import type { DoctorDatabase } from './report.js';

export type OutcomeKind = Outcome['outcome'];

export function countOf(outcomes: readonly Outcome[], kind: OutcomeKind): number {
  return outcomes.filter(({ outcome }) => outcome === kind).length;
}

export interface ReasonGroup {
  readonly reason: string;
  /** Of the checks that gave it. */
  readonly ids: ReadonlySet<string>;
  /** Paths. */
  readonly databases: ReadonlySet<string>;
}

/** Each reason once, in the order in which they were first given. */
export function reasonGroups(
  databases: readonly DoctorDatabase[],
  kind: 'skipped' | 'inapplicable',
): ReasonGroup[] {
  const groups = new Map<string, { ids: Set<string>; databases: Set<string> }>();
  for (const { path, outcomes } of databases) {
    for (const outcome of outcomes) {
      if (outcome.outcome !== kind) continue;
      const group = groups.get(outcome.reason) ?? { ids: new Set(), databases: new Set() };
      group.ids.add(outcome.id);
      group.databases.add(path);
      groups.set(outcome.reason, group);
    }
  }
  return [...groups].map(([reason, group]) => ({ reason, ...group }));
}
