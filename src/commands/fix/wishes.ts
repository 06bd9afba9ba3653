/** Repairs that are asked for by id although their finding is not there: with the application stopped some never are. */
import { checks } from '../../doctor/checks/index.js';
import { type Outcome, withholdRepairs } from '../../doctor/examine.js';
import type { Evidence } from '../../doctor/shapes.js';
import type { Asked } from './options.js';

/** An outcome for each, as if it had been found. */
export function wishedFor(outcomes: readonly Outcome[], asked: Asked, evidence: Evidence): Outcome[] {
  const ids = asked.kind === 'ids' ? asked.ids : [];
  const subject = { evidence, siblings: [] };
  const wished = outcomes.flatMap((outcome): Outcome[] => {
    const check = checks.find(({ id }) => id === outcome.id);
    if (outcome.outcome !== 'clear' || !check?.repair?.ids.some((id) => ids.includes(id))) return [];
    const { id, facts } = outcome;
    if (!isApplicable(id, facts)) return [];
    const summary = 'Asked for by id; it is no finding as things are now.';
    const remedy = check.remedy(facts);
    const repair = check.repair.plan(facts, subject);
    return [{ id, outcome: 'found', severity: 'info', summary, facts, remedy, repair }];
  });
  return withholdRepairs(wished, subject);
}

export function isApplicable(id: string, facts: object): boolean {
  return checks.find((check) => check.id === id)?.repair?.applicable?.(facts) ?? false;
}
