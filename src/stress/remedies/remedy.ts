import { castOf, type Stage } from '../cast.js';
import type { RecommendedStep } from '../comparison-shapes.js';
import type { LoadSpec } from '../load-shapes.js';
import type { ActorPlan, ConnectionPlan, RunPlan, TransactionPlan } from '../plan.js';
import { chained, type Played, type Recast } from '../played.js';

export type Change =
  | { readonly kind: 'changed'; readonly played: Played }
  /** Why it changes nothing of this load: the end of a sentence that begins with its name. */
  | { readonly kind: 'inapplicable'; readonly reason: string };

/** A cure that somebody proposed: what the application does differently, so that it can be measured. */
export interface Remedy {
  readonly id: string;
  /** What it changes. */
  readonly title: string;
  /** `batch(25)`: a whole number. */
  readonly parameter: {
    readonly name: string;
    readonly usual: number;
    readonly least: number;
    readonly most: number;
  } | null;
  /** What its authors expected of it, and who they are (the incidents of the README). */
  readonly expected: string | null;
  /** Of those that have the same one only one can be played at a time: each does it in its way. */
  readonly insteadOf?: string;
  readonly how: RecommendedStep['how'];
  /** @param number the parameter, or its usual value */
  change(played: Played, number: number): Change;
}

/** @param does what in the recipe of every stack does it: the end of a sentence */
export function inRecipe(does: string, part: 'connection' | 'jobs' = 'connection'): Remedy['how'] {
  return { kind: 'recipe', part, does };
}

/** @param todo what to do, in sentences: no recipe can */
export function ownCode(todo: string): Remedy['how'] {
  return { kind: 'own', todo };
}

export function changed(played: Played): Change {
  return { kind: 'changed', played };
}

export function inapplicable(reason: string): Change {
  return { kind: 'inapplicable', reason };
}

/** The rest as it is with another load. */
export function withLoad(played: Played, changes: Partial<LoadSpec>): Change {
  return changed({ ...played, load: { ...played.load, ...changes } });
}

export function withRecast(played: Played, recast: Recast): Change {
  return changed({ ...played, recast: chained(played.recast, recast) });
}

/** What nobody asks of a rehearsal. */
const NO_STAGE: Stage = { path: '', facts: {}, scripts: [], readSql: '', socket: '' };

/** Who would play what: a scenario's actors may differ from what its load says. */
export function rehearse({ load, recast }: Played): RunPlan {
  return castOf(load, NO_STAGE, recast);
}

/** `actor` itself: there is nothing to change. To do it twice changes no more than to do it once. */
export type ActorChange = (actor: ActorPlan) => ActorPlan;

/**
 * Changes the load, for what is told of it, and each actor, for those of whom a scenario says something else.
 * @param otherwise why it is inapplicable if no actor changes
 */
export function withActors(
  played: Played,
  change: ActorChange,
  otherwise: string,
  load: Partial<LoadSpec> = {},
): Change {
  if (rehearse(played).actors.every((actor) => change(actor) === actor)) return inapplicable(otherwise);
  const recast: Recast = (plan) => ({ ...plan, actors: plan.actors.map(change) });
  return withRecast({ ...played, load: { ...played.load, ...load } }, recast);
}

/** Its connections, to a second database too. */
export function connecting(changes: (connection: ConnectionPlan) => Partial<ConnectionPlan>): ActorChange {
  return (actor) => {
    const { companion } = actor;
    const connection = { ...actor.connection, ...changes(actor.connection) };
    const next: ActorPlan = { ...actor, connection };
    const both =
      companion === undefined ? next : { ...next, companion: { ...companion, ...changes(companion) } };
    return same(both, actor) ? actor : both;
  };
}

/** The transactions of dblock's own, sent to a writer queue or not; not those of scripts. */
export function transacting(
  changes: (program: TransactionPlan, actor: ActorPlan) => Partial<TransactionPlan>,
): ActorChange {
  return (actor) => {
    const { program } = actor;
    if (!('workload' in program)) return actor;
    const next = { ...program, ...changes(program, actor) };
    return same(next, program) ? actor : { ...actor, program: next };
  };
}

/** Plain data, written by the same code. */
function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
