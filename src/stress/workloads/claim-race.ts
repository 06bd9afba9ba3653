/**
 * Incident 1: workers that select a job in one step and update it in another, give up when that fails, and cannot always say so;
 * and a feed discovery that pauses them, and adds jobs in one transaction while it fetches the feed.
 */
import type { Database } from 'better-sqlite3';
import { formatCount, plural } from '../../units.js';
import type { Facts } from '../plan.js';
import type { Invariant } from '../run-shapes.js';
import {
  claimedOnce,
  countJobs,
  type JobKey,
  type JobTable,
  jobAdder,
  jobsOf,
  prepareJobs,
  prepareStatements,
} from './jobs.js';
import { type Cast, type Entry, OWN_PREFIX, type Part, type Turn, type Workload } from './workload.js';

const CONTROL = `${OWN_PREFIX}control`;
const JOBS_AT_FIRST = 2000;
/** From the SELECT to the transaction that claims what it found. */
const BETWEEN_STEPS_MS = 2;

/** What a worker has in hand, and what it wants to say about it. */
type Hand =
  | { readonly kind: 'empty' }
  | { readonly kind: 'job'; readonly id: JobKey }
  /** It could not be marked done, and is to be marked failed. */
  | { readonly kind: 'failed job'; readonly id: JobKey };

function prepare(database: Database, ground: Facts): Facts {
  database.exec(
    `CREATE TABLE ${CONTROL}(paused INTEGER NOT NULL); INSERT INTO ${CONTROL}(paused) VALUES (0)`,
  );
  return prepareJobs(database, ground, JOBS_AT_FIRST);
}

/** In turn: claim a job, then mark it done; if that fails, mark it failed; if that fails too, go on with the next. */
class Worker implements Part {
  #hand: Hand = { kind: 'empty' };
  #next: JobKey | null = null;
  #goesOn = false;
  readonly #counts = { worker: 1, claims: 0, finished: 0, failed: 0, abandoned: 0, mostRunning: 0 };

  constructor(
    readonly isAtomic: boolean,
    readonly jobs: JobTable,
  ) {}

  prepare(database: Database): Turn {
    const paused = database.prepare<[], number>(`SELECT paused FROM ${CONTROL}`).pluck();
    const jobs = prepareStatements(database, this.jobs);
    /** The worker looks a thing up before it changes it; but an error is noted as it is. */
    const looks = () => this.#hand.kind !== 'failed job' && !(this.isAtomic && this.#hand.kind === 'empty');
    const look = () => {
      if (looks()) this.#see(jobs.countRunning(this.#hand.kind === 'job' ? this.#hand.id : this.#next));
    };
    const takeNext = () => {
      if (this.isAtomic) this.#next = jobs.claim();
      else if (this.#next !== null) jobs.take(this.#next);
    };
    return {
      before: () => {
        if (this.#hand.kind !== 'empty') return 0;
        // who has a job in hand goes on: only the next one is not begun
        if (paused.get() === 1) return 'idle';
        this.#next = jobs.find();
        if (this.#next === null) return 'idle';
        return this.isAtomic ? 0 : BETWEEN_STEPS_MS;
      },
      read: look,
      hasRead: looks,
      write: () => {
        if (this.#hand.kind === 'empty') takeNext();
        else if (this.#hand.kind === 'job') jobs.finish(this.#hand.id);
        else jobs.fail(this.#hand.id);
      },
    };
  }

  #see(running: number): void {
    this.#counts.mostRunning = Math.max(this.#counts.mostRunning, running);
  }

  committed(): number {
    this.#goesOn = this.#hand.kind !== 'empty';
    if (this.#hand.kind === 'empty') {
      if (this.#next !== null) this.#counts.claims += 1;
      this.#hand = this.#next === null ? this.#hand : { kind: 'job', id: this.#next };
      return 1;
    }
    if (this.#hand.kind === 'job') this.#counts.finished += 1;
    else this.#counts.failed += 1;
    this.#hand = { kind: 'empty' };
    return 1;
  }

  gaveUp(): void {
    if (this.#hand.kind === 'empty') return;
    if (this.#hand.kind === 'failed job') this.#counts.abandoned += 1;
    this.#hand = this.#hand.kind === 'job' ? { kind: 'failed job', id: this.#hand.id } : { kind: 'empty' };
  }

  /** The work, and what it rests when it found none, come before the others. */
  goesOn(): boolean {
    return this.#goesOn;
  }

  /** A worker that is told to stop finishes its job first. */
  owes(): boolean {
    return this.#hand.kind !== 'empty';
  }

  ledger(): Readonly<Record<string, number>> {
    return this.#counts;
  }
}

/** Adds the jobs of a feed in one transaction: the first one, then what `holdMs` is for, then the others. */
function newDiscovery({ batch, facts }: Cast, pauses: boolean): Part {
  let added = 0;
  return {
    prepare: (database): Turn => {
      const add = jobAdder(database, jobsOf(facts));
      const set = database.prepare<[number]>(`UPDATE ${CONTROL} SET paused = ?`);
      return {
        before: () => {
          if (pauses) set.run(1);
          return 0;
        },
        read: null,
        write: (nth) => {
          add(added + nth);
          if (pauses && nth === batch - 1) set.run(0);
        },
      };
    },
    committed: () => {
      added += batch;
      return batch;
    },
    ledger: () => ({ added }),
  };
}

function sum(entries: readonly Entry[], what: string): number {
  return entries.reduce((total, { ledger }) => total + (ledger[what] ?? 0), 0);
}

/** All workers have ended, and none of them with a job in hand, unless it was killed. */
function noneOrphaned(database: Database, entries: readonly Entry[], facts: Facts): Invariant {
  const killed = entries.filter(({ complete }) => !complete).length;
  const running = countJobs(database, jobsOf(facts).running);
  return {
    id: 'none-orphaned',
    statement: 'When the workers have ended, no job is running.',
    state: running > killed ? 'broken' : 'held',
    detail:
      running === 0
        ? 'None is.'
        : `${plural(running, 'job is', 'jobs are')} still running, and nobody works on them: ${plural(sum(entries, 'abandoned'), 'job')} could not be marked done, nor failed.`,
  };
}

function runningAtOnce(entries: readonly Entry[]): Invariant {
  const workers = sum(entries, 'worker');
  const most = Math.max(0, ...entries.map(({ ledger }) => ledger['mostRunning'] ?? 0));
  return {
    id: 'running-at-once',
    statement: 'At no moment are more jobs running than there are workers.',
    state: most > workers ? 'broken' : 'held',
    detail: `At most ${formatCount(most)}/${formatCount(workers)} running.`,
  };
}

function doneOnce(database: Database, entries: readonly Entry[], facts: Facts): Invariant {
  const { counts } = jobsOf(facts);
  const twice = countJobs(database, counts.doneTwice);
  const done = countJobs(database, counts.done);
  const claimed = countJobs(database, counts.claimed);
  const killed = entries.filter(({ complete }) => !complete).length;
  return {
    id: 'done-once',
    statement: 'Every job that was claimed is done, and once.',
    state: twice > 0 || claimed - done > killed ? 'broken' : 'held',
    detail: `${plural(claimed, 'job')} claimed, ${formatCount(done)} done${twice === 0 ? '' : `, ${formatCount(twice)} of them more than once`}.`,
  };
}

function workload(name: string, isAtomic: boolean): Workload {
  return {
    name,
    readsFirst: true,
    jobs: JOBS_AT_FIRST,
    prepare,
    join: (cast) =>
      cast.facts['part'] === 'discovery'
        ? newDiscovery(cast, cast.facts['pauses'] === true)
        : new Worker(isAtomic, jobsOf(cast.facts)),
    verify: (database, entries, facts) => [
      ...[claimedOnce(database, facts), doneOnce(database, entries, facts)],
      ...[noneOrphaned(database, entries, facts), runningAtOnce(entries)],
    ],
  };
}

export const claimRace = workload('claim-race', false);
export const atomicClaim = workload('atomic-claim', true);
