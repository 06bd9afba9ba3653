/** What can be raised until a threshold breaks. Pure. */
import type { LimitAxis } from '../limit-shapes.js';
import type { Played } from '../played.js';
import { rehearse } from '../remedies/remedy.js';
import type { RunResult } from '../run-shapes.js';
import { holdersOf, holding, isTakenOut } from './holders.js';
import { doublingGrid, type Grid, short, writersGrid } from './search.js';
import { cured, runMsOf, type Subject, withLoad } from './subject.js';

export interface Axis {
  /** What the load has of it. `null`: it is not said, as the rate of a closed loop. */
  valueIn(subject: Subject): number | null;
  at(subject: Subject, value: number): Played;
  /** @param reference the load as it is; its throughput is about the most that there can be */
  grid(subject: Subject, reference: RunResult, mostWriters: number): Grid;
  /** Why it cannot be searched: the end of a sentence. `null`: it can. */
  whyNot(subject: Subject): string | null;
}

export const axes: Readonly<Record<LimitAxis, Axis>> = {
  writers: {
    valueIn: ({ asFound }) => asFound.load.writers,
    at: (subject, writers) => cured(subject, withLoad(subject.asFound, { writers })),
    grid: (_subject, _reference, mostWriters) => writersGrid(mostWriters),
    whyNot: (subject) => {
      const { asFound } = subject;
      return cured(subject, asFound).load.writers === asFound.load.writers
        ? null
        : 'the cure itself says how many writers there are';
    },
  },
  rate: {
    valueIn: ({ asFound: { load } }) => (load.pace.kind === 'open' ? load.pace.perSecond : null),
    at: (subject, perSecond) =>
      cured(subject, withLoad(subject.asFound, { pace: { kind: 'open', perSecond } })),
    grid: ({ asFound: { load } }, { throughputPerSecond }) => {
      const least = (LEAST_TRANSACTIONS * 1000) / runMsOf(load);
      const stated = load.pace.kind === 'open' ? load.pace.perSecond : null;
      const first = stated ?? short(Math.max(least, throughputPerSecond / 2));
      return doublingGrid({ first, least, most: Number.POSITIVE_INFINITY });
    },
    whyNot: ({ asFound }) =>
      takesJobs(asFound)
        ? 'who takes jobs from a queue takes the next one when the last is done, and waits where there is none, so that no rate can be stated'
        : null,
  },
  hold: {
    valueIn: (subject) => (isTakenOut(subject) ? 0 : holdersOf(subject).holdMs),
    at: (subject, holdMs) => {
      const { names } = holdersOf(subject);
      return isTakenOut(subject)
        ? holding(cured(subject, subject.asFound), names, holdMs)
        : cured(subject, holding(subject.asFound, names, holdMs));
    },
    grid: (subject) => {
      const { holdMs, areSome } = holdersOf(subject);
      const most = runMsOf(subject.asFound.load) / (areSome ? LEAST_HOLDS_OF_SOME : LEAST_HOLDS);
      const first = Math.min(holdMs || LEAST_HOLD_MS, most);
      return doublingGrid({ first: short(first), least: LEAST_HOLD_MS, most });
    },
    whyNot: ({ asFound: { load } }) => {
      if (load.work.kind === 'scripts') return 'a script says itself how long its transactions are';
      return load.begin === 'autocommit'
        ? 'a statement that is its own transaction has no work inside'
        : null;
    },
  },
};

/** Of fewer transactions in a run, nothing can be told. */
const LEAST_TRANSACTIONS = 20;
/** A run has room for so many of the longest holds. */
const LEAST_HOLDS = 6;
/** Where the others have transactions of their own in between. */
const LEAST_HOLDS_OF_SOME = 3;
const LEAST_HOLD_MS = 1;

/** Why none of them says anything of this load. `null`: they do. */
export function whyNone({ asFound }: Subject): string | null {
  const dies = rehearse(asFound).actors.some(
    ({ program, killAfterMs }) =>
      killAfterMs !== undefined || ('facts' in program && program.facts['diesIn'] !== undefined),
  );
  return dies
    ? 'writers of this load are killed, so that what breaks says nothing of how much is too much'
    : null;
}

/** Workloads whose workers have nothing to do when there is no job. */
const IDLE: readonly string[] = ['claim-race', 'atomic-claim', 'two-databases'];

function takesJobs(played: Played): boolean {
  return rehearse(played).actors.some(
    ({ program }) => 'workload' in program && IDLE.includes(program.workload),
  );
}
