/** What a check says about the repair of its findings. */
import { lastSample } from '../questions.js';
import { shellQuote } from '../quote.js';
import type { Evidence } from '../shapes.js';
import type { Repair, RepairPlan } from './shapes.js';

export type { PermissionChange, Repair, RepairAction, RepairPlan } from './shapes.js';

/** Where it is told whether a plain `--apply` does it: `safe`, only `by id`, or either, as the finding has it. */
export type RepairSafety = 'safe' | 'by id' | 'either';

export interface RepairRule {
  /** Every id that a plan of this check may have; the first is the id of the check. */
  readonly ids: readonly string[];
  readonly safety: RepairSafety;
  /** For `dblock explain` and the README: what is done, and what it needs. One to three sentences. */
  readonly summary: string;
}

export function offered(evidence: Evidence, repairs: readonly [Repair, ...Repair[]]): RepairPlan {
  const [{ id }] = repairs;
  return {
    kind: 'offered',
    repairs: [...repairs],
    command: `dblock fix ${shellQuote(evidence.path)} --apply ${id}`,
  };
}

/** Something else has to be done first. */
export function withheld(reason: string): RepairPlan {
  return { kind: 'withheld', reason };
}

/** Not for this finding, whatever is done. */
export function impossible(reason: string): RepairPlan {
  return { kind: 'impossible', reason };
}

/** What writers, and in rollback mode readers, wait for while a transaction of ours writes. */
export function writeLockText(evidence: Evidence, duration: string): string {
  return isWal(evidence)
    ? `Writers wait ${duration} (WRITE); readers do not.`
    : `Writers wait ${duration} (RESERVED), and readers while it is committed (EXCLUSIVE). It waits for readers to leave for at most --wait, and new ones wait meanwhile.`;
}

export function isWal(evidence: Evidence): boolean {
  return lastSample(evidence).header?.journalMode === 'wal';
}
