/** Who does work inside of transactions, and how much. Pure. */
import type { Milliseconds } from '../../units.js';
import type { ActorPlan, RunPlan } from '../plan.js';
import { chained, type Played } from '../played.js';
import { rehearse } from '../remedies/remedy.js';
import { cured, type Subject } from './subject.js';

export interface Holders {
  readonly names: readonly string[];
  readonly holdMs: Milliseconds;
  /** Not every writer does so. */
  readonly areSome: boolean;
}

/** Those who work longest inside of their transactions; where nobody does, all who are alike. */
export function holdersOf({ asFound }: Subject): Holders {
  const writers = writersIn(rehearse(asFound));
  const holdMs = Math.max(0, ...writers.map(holdOf));
  const longest = writers.filter((actor) => (holdMs === 0 ? isPlain(actor) : holdOf(actor) === holdMs));
  return { names: longest.map(({ name }) => name), holdMs, areSome: longest.length < writers.length };
}

/** The cure takes the work out of the transactions: what is raised there stays inside all the same. */
export function isTakenOut(subject: Subject): boolean {
  const { names, holdMs } = holdersOf(subject);
  const after = writersIn(rehearse(cured(subject, subject.asFound)));
  return holdMs > 0 && after.every((actor) => !names.includes(actor.name) || holdOf(actor) === 0);
}

export function holding(played: Played, names: readonly string[], holdMs: Milliseconds): Played {
  const recast = (plan: RunPlan): RunPlan => ({
    ...plan,
    actors: plan.actors.map((actor) => (names.includes(actor.name) ? withHold(actor, holdMs) : actor)),
  });
  return { ...played, recast: chained(played.recast, recast) };
}

function withHold(actor: ActorPlan, holdMs: Milliseconds): ActorPlan {
  const { program } = actor;
  return 'holdMs' in program ? { ...actor, program: { ...program, holdMs } } : actor;
}

function writersIn({ actors }: RunPlan): ActorPlan[] {
  return actors.filter(({ role, program }) => role === 'writer' && 'holdMs' in program);
}

function holdOf({ program }: ActorPlan): Milliseconds {
  return 'holdMs' in program ? program.holdMs : 0;
}

/** One of so many, as the load has them: not one of its kind. */
export function isPlain({ name }: Pick<ActorPlan, 'name'>): boolean {
  return /^writer \d+$/.test(name);
}
