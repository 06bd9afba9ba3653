import type { Check, Remedy, Severity, Subject } from './check.js';
import { OBSTACLES } from './obstacles.js';
import { lastSample } from './questions.js';
import { type RepairPlan, withheld } from './repair/rule.js';
import type { Evidence } from './shapes.js';

interface Identified {
  readonly id: string;
}

/** What became of one check on one database. */
export type Outcome = Identified &
  (
    | {
        readonly outcome: 'found';
        readonly severity: Severity;
        readonly summary: string;
        readonly facts: object;
        readonly remedy: Remedy;
        /** Absent: dblock has none. */
        readonly repair?: RepairPlan;
        /** Why the owner chose to live with it. Stays visible, and never counts. */
        readonly muted?: string;
      }
    | { readonly outcome: 'clear'; readonly facts: object }
    | { readonly outcome: 'inapplicable'; readonly reason: string }
    | { readonly outcome: 'skipped'; readonly reason: string }
    | { readonly outcome: 'crashed'; readonly reason: string }
  );

/** Runs every check on the evidence. A check that throws becomes an outcome and stops no other. */
export function examine(subject: Subject, checks: readonly Check[]): Outcome[] {
  return withholdRepairs(
    checks.map((check) => runCheck(check, subject)),
    subject,
  );
}

/** No repair that needs a connection is offered where a connection could do harm. */
export function withholdRepairs(outcomes: readonly Outcome[], subject: Subject): Outcome[] {
  if (!outcomes.some(opensDatabase)) return [...outcomes];
  const obstacles = OBSTACLES.map((check) => runCheck(check, subject)).filter((outcome) =>
    isObstacle(outcome, subject.evidence),
  );
  return outcomes.map((outcome) => withholdRepair(outcome, obstacles));
}

function runCheck(check: Check, subject: Subject): Outcome {
  const { id } = check;
  try {
    const inspection = check.inspect(subject);
    if (inspection.kind !== 'facts') return { id, outcome: inspection.kind, reason: inspection.reason };
    const facts = inspection.facts as object;
    const verdict = check.verdict(facts);
    if (verdict === 'clear') return { id, outcome: 'clear', facts };
    const summary = check.summary(facts);
    const found = {
      id,
      outcome: 'found' as const,
      severity: verdict,
      summary,
      facts,
      remedy: check.remedy(facts),
    };
    return check.repair ? { ...found, repair: check.repair.plan(facts, subject) } : found;
  } catch (error) {
    return { id, outcome: 'crashed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether a repair needs a connection: only owners and modes are changed without. */
function opensDatabase(outcome: Outcome): boolean {
  if (outcome.outcome !== 'found' || outcome.repair?.kind !== 'offered') return false;
  return outcome.repair.repairs.some(({ action }) => action.kind !== 'permissions');
}

/** Whether an outcome of one of the OBSTACLES forbids a connection. A journal whose writer may be hidden may be hot. */
function isObstacle({ id, ...outcome }: Outcome, evidence: Evidence): boolean {
  if (outcome.outcome === 'found') return outcome.severity !== 'info';
  const mayBeHot = id === 'hot-journal' && lastSample(evidence).journal?.content.kind === 'active';
  return outcome.outcome === 'crashed' || (outcome.outcome === 'skipped' && mayBeHot);
}

/** A repair is never its own obstacle: rolling back is what a hot journal needs. */
function withholdRepair(outcome: Outcome, obstacles: readonly Outcome[]): Outcome {
  const obstacle = obstacles.find(({ id }) => id !== outcome.id);
  if (!obstacle || outcome.outcome !== 'found' || !opensDatabase(outcome)) return outcome;
  return {
    ...outcome,
    repair: withheld(`${obstacle.id} has to be settled first: a connection now could do harm`),
  };
}
