import type { Check, Remedy, Severity, Subject } from './check.js';

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
  return checks.map((check) => runCheck(check, subject));
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
    return { id, outcome: 'found', severity: verdict, summary, facts, remedy: check.remedy(facts) };
  } catch (error) {
    return { id, outcome: 'crashed', reason: error instanceof Error ? error.message : String(error) };
  }
}
