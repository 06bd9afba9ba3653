import type { RepairPlan, RepairRule } from './repair/rule.js';
import type { Evidence } from './shapes.js';

/** From bad to good to know. What each means: design.md, "Severity". */
export type Severity = 'critical' | 'warning' | 'info';

/**
 * `now`: about this moment, needs somebody attached. `files`: about what lies on the disk. `queues`: claims on
 * jobs. `schema`: tables and indexes. `connections`: what the configuration declares. `deep`: what a look at every
 * page found.
 */
export type CheckGroup = 'now' | 'files' | 'queues' | 'schema' | 'connections' | 'deep';

/** What a check may look at: one database, and the others that were examined in the same run. */
export interface Subject {
  readonly evidence: Evidence;
  readonly siblings: readonly Evidence[];
}

/** What a check looked at: facts, or why there are none. */
export type Inspection<F> =
  | { readonly kind: 'facts'; readonly facts: F }
  | { readonly kind: 'inapplicable'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

/** What to do about a finding: one or two sentences, and commands that can be pasted. */
export interface Remedy {
  readonly text: string;
  /** Shell commands, or SQL ending in `;`, in the order in which to run them. */
  readonly commands: readonly string[];
}

/** What `dblock explain` says of a check beside `title`, `why` and `sources`: true of every finding of it. */
export interface Guide {
  /** What was seen when it is found, with the thresholds. */
  readonly meaning: string;
  /** How sure that is, and what the check cannot see. */
  readonly certainty: string;
  /** As `remedy`; `app.db` and `PID` stand for what a finding names. */
  readonly now: Remedy;
  /** What keeps it from coming back. */
  readonly later: string;
}

/** How `dblock fix` repairs a finding; pure, as the check is. */
export interface CheckRepair<F> extends RepairRule {
  plan(facts: F, subject: Subject): RepairPlan;
  /** Whether it may be asked for by id although nothing is found: what it would change is there. Left out: never. */
  applicable?(facts: F): boolean;
}

export interface Check<F = unknown> {
  /** Kebab-case; also the file's name, and what a user types. */
  readonly id: string;
  /** What was found, in a few words: the headline of the finding. */
  readonly title: string;
  /** The worst that it reports. */
  readonly severity: Severity;
  readonly group: CheckGroup;
  /** Why this matters, for someone who does not know SQLite's locking. Two or three sentences. */
  readonly why: string;
  /** Addresses of public pages, or of a function in SQLite's source. */
  readonly sources: readonly string[];
  readonly guide?: Guide;
  /** Collects facts; concludes nothing. Must be pure. */
  inspect(subject: Subject): Inspection<F>;
  /** Concludes from the facts alone. Must be pure. */
  verdict(facts: F): Severity | 'clear';
  /** One or two sentences with names and numbers: what was found. */
  summary(facts: F): string;
  remedy(facts: F): Remedy;
  /** Left out: there is nothing that a program could safely do from outside. */
  readonly repair?: CheckRepair<F>;
}

/** Keeps the type of the facts from `inspect` to `remedy`, and forgets it for the list of checks. */
export function defineCheck<F extends object>(check: Check<F>): Check {
  return check;
}

export function facts<F>(value: F): Inspection<F> {
  return { kind: 'facts', facts: value };
}

export function inapplicable(reason: string): Inspection<never> {
  return { kind: 'inapplicable', reason };
}

export function skipped(reason: string): Inspection<never> {
  return { kind: 'skipped', reason };
}
