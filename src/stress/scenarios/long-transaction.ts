import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad, withActor } from './scenario.js';

const ID = 'long-transaction';
const ROWS = 100_000;
const CHUNK = 500;
const load = {
  begin: 'immediate',
  holdMs: 0,
  pace: { kind: 'closed', thinkMs: 10 },
  end: { kind: 'duration', durationMs: 4000 },
} as const;

/** An import beside the writers: all its rows, so many a transaction. */
function importing(batch: number, holdMs: number, pauseMs: number) {
  return (plan: RunPlan): RunPlan =>
    withActor(plan, 'import', (writer): ActorPlan => {
      if (writer.program.kind !== 'transactions') return writer;
      return {
        ...writer,
        program: { ...writer.program, batch, holdMs },
        ...{ startAfterMs: 200, endAfterMs: null, transactions: ROWS / batch },
        pace: { kind: 'closed', thinkMs: pauseMs },
      };
    });
}

const CURE =
  'The input is read before, and every 500 rows are committed, with a pause of 2 ms so that others get their turn: a second pause is worth more than a longer timeout.';

export const longTransaction: Scenario = {
  id: ID,
  title: 'An import in one transaction: all others wait for it, and the WAL holds all of it',
  hypothesis:
    'An import writes 100,000 rows of about 100 bytes in one transaction, and reads its input for 2 s meanwhile; 4 writers write a row each every 10 ms, with a busy timeout of 500 ms. Expected: writes that time out, each after its whole timeout, and a WAL of more than 10 MiB, because no checkpoint can move what is not committed.',
  cure: CURE,
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', { ...load, busyTimeoutMs: 500 }),
    cast: importing(ROWS, 2000, 0),
    expect: ['errors.timed-out>0', 'errors.instant<=0', 'failure_rate>1%', 'wal_peak>10MiB', 'hold.max>=2s'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', load),
    cast: importing(CHUNK, 0, 2),
    expect: ['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s', 'wal_peak<10MiB', 'hold.p99<500ms'],
    breaks: [],
  },
  page: {
    names: [],
    symptoms:
      'database is locked, from many places within a few seconds of each other, each after its whole timeout. It happens at the same time of the day: when the import, the migration or the clean-up runs. The -wal file is as large as what the import wrote, and stays so.',
    log: [],
    mechanism:
      'There is one write lock, and a transaction has it from its first write to its COMMIT, whatever it does in between: parsing a file, calling a service, waiting for a prompt. Who else wants to write asks again and again until its busy timeout is used up. In WAL mode all pages that the transaction changes are appended to the WAL, and a checkpoint moves only what is committed: so the WAL grows to the size of the transaction, and no checkpoint before its end can help.',
    certainty: 'Ran as the scenario.',
    now: { text: 'See who holds the write lock, and since when.', commands: ['dblock locks app.db'] },
    later: CURE,
    related: ['long-scan', 'SQLITE_BUSY', 'WRITE', 'reader-pins-wal'],
    sources: [
      'https://sqlite.org/wal.html#avoiding_excessively_large_wal_files',
      'https://sqlite.org/lang_transaction.html',
    ],
  },
};
