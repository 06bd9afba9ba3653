import type { ActorPlan, RunPlan } from '../plan.js';
import { pragmasOf, type Scenario, scenarioLoad } from './scenario.js';

const ID = 'crash-mid-commit';
const load = {
  writers: 6,
  begin: 'immediate',
  holdMs: 0,
  batch: 1000,
  pace: { kind: 'closed', thinkMs: 20 },
  end: { kind: 'duration', durationMs: 3000 },
} as const;

/** Two kill themselves where it hurts most, two are killed at some moment, two go on. */
function dying(plan: RunPlan): RunPlan {
  const change = (actor: ActorPlan): ActorPlan => {
    const { program, index } = actor;
    if (program.kind !== 'transactions') return actor;
    if (index < 2)
      return { ...actor, program: { ...program, facts: { ...program.facts, diesIn: 5 + index } } };
    // a number that is no multiple of anything here
    return index < 4 ? { ...actor, killAfterMs: 617 * (index - 1) } : actor;
  };
  return { ...plan, actors: plan.actors.map(change) };
}

/** 10 pages: so that a transaction of 30 pages is larger than the cache, as imports and migrations are. */
const SMALL_CACHE = 10;

const CURE =
  'WAL (or a rollback journal on the disk: DELETE, TRUNCATE, PERSIST): what was not committed is ignored, or rolled back by the next one that opens the database, and every COMMIT that had returned is there.';

export const crashMidCommit: Scenario = {
  id: ID,
  title: 'Processes are killed in the middle of transactions, with the rollback journal in memory',
  hypothesis:
    '6 processes change 1,000 rows on 30 pages in each transaction, with journal_mode=MEMORY, which is set because it is faster, and a cache of 10 pages, so that pages are written to the file before the COMMIT. 4 of them are killed with SIGKILL: 2 in the middle of a transaction, 2 at any moment. Expected: their locks are gone with them, and the others go on; but nobody can roll back what they had half written, because the journal was in their memory: a part of a transaction stays, and integrity_check finds nothing wrong.',
  cure: CURE,
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'parts', {
      ...load,
      pragmas: { ...pragmasOf('memory'), cacheSize: SMALL_CACHE },
    }),
    cast: dying,
    expect: ['errors<=0', 'failure_rate<=0%', 'wait.max<5s'],
    breaks: ['nothing-half-written'],
  },
  asCured: {
    load: scenarioLoad(ID, 'parts', { ...load, pragmas: { ...pragmasOf('wal'), cacheSize: SMALL_CACHE } }),
    cast: dying,
    expect: ['errors<=0', 'failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s'],
    breaks: [],
  },
  page: {
    names: [],
    symptoms:
      'After kill -9, the OOM killer or a deploy: rows that no code path writes in that combination. database disk image is malformed (11), or nothing at all. A -journal file that stays after a crash is deleted by hand, because "it keeps the database locked".',
    log: [],
    mechanism:
      'The kernel releases the locks of a process when it ends, however it ends: no lock is left behind, and no lock file has to be removed. What the process had not committed is undone by whoever comes next: in rollback mode by the -journal file, which holds the pages as they were (a hot journal); in WAL mode frames without a commit frame after them are never read. journal_mode=MEMORY and OFF have no such file: pages that were written before the COMMIT ended, because the cache was full or in the middle of the COMMIT itself, stay as they are. To delete a hot -journal or a -wal by hand has the same effect.',
    certainty: 'Ran as the scenario.',
    now: {
      text: 'Look at every page, and never delete a -journal or a -wal by hand.',
      commands: ['dblock doctor --deep app.db'],
    },
    later: CURE,
    related: ['SQLITE_CORRUPT', 'SQLITE_BUSY_RECOVERY', 'long-transaction'],
    sources: [
      'https://sqlite.org/pragma.html#pragma_journal_mode',
      'https://sqlite.org/howtocorrupt.html#_deleting_a_hot_journal',
      'https://sqlite.org/atomiccommit.html',
    ],
  },
};
