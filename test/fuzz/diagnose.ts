/** What `dblock doctor` does with a database, as far as files and constructed locks go; see commands/doctor.ts. */
import { checks } from '../../src/doctor/checks/index.js';
import { gatherEvidence } from '../../src/doctor/evidence.js';
import { examine, type Outcome } from '../../src/doctor/examine.js';
import { lockRows } from '../../src/doctor/lock-rows.js';
import type { Evidence } from '../../src/doctor/shapes.js';
import { exitCodeOf, verdictOf } from '../../src/report/verdict.js';
import { FileProblem } from '../../src/sqlite/errors.js';
import type { Files, Place } from './files.js';
import { type Kernels, observerOf } from './kernel.js';

export type Diagnosis =
  | { readonly kind: 'refused'; readonly exit: 2; readonly problem: FileProblem }
  | {
      readonly kind: 'examined';
      readonly exit: number;
      /** Somebody has it open, or might be about to commit: there were two samples. */
      readonly sampledTwice: boolean;
      readonly verdict: string;
      readonly evidence: Evidence;
      readonly outcomes: readonly Outcome[];
    };

export interface Situation {
  readonly kernels: Kernels | null;
  /** Put there between the samples, if there are two; `null`: nothing changes. */
  readonly later: Files | null;
  /** Rebuilding a schema takes longer than all the rest. */
  readonly schemaFacts: boolean;
}

export async function diagnose(place: Place, { kernels, later, schemaFacts }: Situation): Promise<Diagnosis> {
  const [result] = await gatherEvidence([place.path], {
    platform: 'linux',
    observer: observerOf(kernels),
    now: Date.now,
    sleep: async () => {
      if (later) place.put(later);
    },
    intervalMs: 250,
    declared: { workers: 2 },
    schemaFacts,
    deep: null,
  });
  if (result === undefined) throw new Error('no evidence and no problem');
  if (result instanceof FileProblem) return { kind: 'refused', exit: 2, problem: result };
  lockRows(result);
  const outcomes = examine({ evidence: result, siblings: [] }, checks);
  const exit = exitCodeOf(outcomes, 'critical');
  const sampledTwice = result.samples.length > 1;
  return { kind: 'examined', exit, verdict: verdictOf(outcomes), sampledTwice, evidence: result, outcomes };
}
