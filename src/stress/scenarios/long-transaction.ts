import type { ActorPlan, RunPlan } from '../plan.js';
import { type Scenario, scenarioLoad, withActor } from './scenario.js';

const ID = 'long-transaction';
const ROWS = 100_000;
const CHUNK = 500;
/** No chunk is begun after it; the import as found is one. */
const MOST_MS = 12_000;
const load = {
  begin: 'immediate',
  busyTimeoutMs: 500,
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
        // a cure with a pause after every 10 rows would take minutes
        ...{ startAfterMs: 200, endAfterMs: MOST_MS, transactions: ROWS / batch },
        pace: { kind: 'closed', thinkMs: pauseMs },
      };
    });
}

const CURE =
  'The input is read before, and every 500 rows are committed, with a pause of 2 ms so that others get their turn.';

export const longTransaction: Scenario = {
  id: ID,
  title: 'An import in one transaction: all others wait for it, and the WAL holds all of it',
  hypothesis:
    'An import writes 100,000 rows of about 100 bytes in one transaction, and reads its input for 2 s meanwhile; 4 writers write a row each every 10 ms, with a busy timeout of 500 ms. Expected: writes that time out, each after its whole timeout, and a WAL of more than 10 MiB, because no checkpoint can move what is not committed.',
  cure: CURE,
  incident: null,
  asFound: {
    load: scenarioLoad(ID, 'insert', load),
    cast: importing(ROWS, 2000, 0),
    expect: ['errors.timed-out>0', 'errors.instant<=0', 'failure_rate>1%', 'wal_peak>10MiB', 'hold.max>=2s'],
    breaks: [],
  },
  asCured: {
    load: scenarioLoad(ID, 'insert', load),
    cast: importing(CHUNK, 0, 2),
    expect: ['failure_rate<1%', 'wait.avg<50ms', 'wait.max<5s', 'wal_peak_frames<2000', 'hold.p99<500ms'],
    breaks: [],
  },
  page: {
    names: ['nightly import', 'bulk import'],
    symptoms:
      '"database is locked" from many places within a few seconds of each other, each after its whole timeout, at the same time of the day: when the import, the migration or the clean-up runs. The -wal file becomes as large as what was imported, and stays so.',
    log: [
      '05:54:59.287 web-1: database is locked (2.027 s)',
      '05:54:59.505 web-2: database is locked (2.034 s)',
      '05:54:59.696 web-3: database is locked (2.014 s)',
      '05:54:59.907 web-4: database is locked (2.015 s)',
      '05:55:02.788 import: 400000 items imported',
    ],
    mechanism:
      'There is one write lock, and a transaction has it from its first write to its COMMIT, whatever it does in between: reading a file, calling a service, waiting for a prompt. Who else wants to write looks again and again until the busy timeout is used up. All pages that the transaction changes go to the WAL, and a checkpoint can move them only once they are committed: so the WAL grows to the size of the transaction. It is written over later, and keeps its size.',
    certainty:
      'Ran with Python 3.11, SQLite 3.40.1: 400,000 rows in one transaction of 5 s; four writers with a timeout of 2 s failed after 2.01 to 2.03 s, and the WAL had 43 MiB afterwards, as much as the database.',
    now: {
      text: 'See who holds the write lock, and since when. To end that process loses only what it has not committed.',
      commands: ['dblock locks app.db'],
    },
    later:
      'Read and check the input before the transaction begins. Commit every few hundred rows, with a pause of a few milliseconds in between: who waits looks up to 100 ms apart, and needs a gap to find. Write so that it can begin again where it stopped. A longer timeout for the others is only right if they may wait that long.',
    related: ['long-scan', 'batch-herd', 'write-lock-held', 'SQLITE_BUSY', 'WRITE', 'wal-oversized'],
    sources: [
      'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
      'https://www.sqlite.org/lang_transaction.html',
      'main.c: sqliteDefaultBusyCallback',
    ],
  },
};
