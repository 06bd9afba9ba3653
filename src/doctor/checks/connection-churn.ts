import type { Milliseconds } from '../../units.js';
import { defineCheck, facts, inapplicable } from '../check.js';
import { ifDeclared } from '../declared.js';
import { lastSample, lockingMode } from '../questions.js';

interface Facts {
  readonly path: string;
  readonly persistent: boolean;
  /** `null`: not declared. */
  readonly busyTimeoutMs: Milliseconds | null;
}

/** With a timeout of 5 s six churning processes met no error in 13,949 operations; with none, 82,000. 1 s: see busy-timeout-missing. */
const ENOUGH_MS: Milliseconds = 1000;

export const connectionChurn = defineCheck<Facts>({
  id: 'connection-churn',
  title: 'Connections are opened and closed all the time',
  severity: 'warning',
  group: 'connections',
  why: 'In WAL mode the last connection to close locks the whole database, checkpoints, and deletes -wal and -shm; the next one to open builds them again. Whoever comes at that moment, readers included, finds the database locked. A connection for each request or job does this over and over, and pays for reading the schema each time.',
  sources: [
    'https://www.sqlite.org/wal.html#the_wal_file',
    'https://www.sqlite.org/c3ref/close.html',
    'wal.c: sqlite3WalClose',
  ],
  guide: {
    meaning:
      'WAL mode: the configuration declares that connections are not kept open. A warning, unless a busy timeout of at least 1 second is declared as well.',
    certainty:
      'As sure as the declaration. In an experiment with six processes that opened, wrote and closed all the time, a timeout of 5 s gave no error, and a timeout of 0 failed in most attempts.',
    now: {
      text: 'Set the busy timeout before any other statement, PRAGMA journal_mode included.',
      commands: ['PRAGMA busy_timeout=5000;'],
    },
    later:
      'Keep connections open: one for each thread or worker, or a pool. Or let one long-lived process hold a connection that does nothing: then no close is the last one.',
  },
  inspect({ evidence }) {
    if (lockingMode(lastSample(evidence)) !== 'wal') {
      return inapplicable('in rollback mode closing a connection takes no lock');
    }
    return ifDeclared(evidence, 'persistent', (persistent) =>
      facts({
        path: evidence.path,
        persistent,
        busyTimeoutMs: evidence.declared.connections?.busyTimeoutMs ?? null,
      }),
    );
  },
  verdict({ persistent, busyTimeoutMs }) {
    if (persistent) return 'clear';
    return busyTimeoutMs !== null && busyTimeoutMs >= ENOUGH_MS ? 'info' : 'warning';
  },
  summary({ path, busyTimeoutMs }) {
    const waiting =
      busyTimeoutMs === null
        ? 'Whether the others wait for that is not declared (connections.busy_timeout_ms).'
        : busyTimeoutMs >= ENOUGH_MS
          ? 'The busy timeout makes the others wait for that instead of failing.'
          : 'Without a busy timeout the others fail at that moment.';
    return `Connections to ${path} are declared not to stay open. Each time the last one closes, the database is locked for everybody, checkpointed, and its -wal and -shm are deleted. ${waiting}`;
  },
  remedy() {
    return {
      text: 'Keep connections open: one for each thread or worker, or a pool. Where that is not possible, let one long-lived process hold a connection that does nothing: then no close is the last one. Set the busy timeout before any other statement, PRAGMA journal_mode included. Django: CONN_MAX_AGE = None.',
      commands: ['PRAGMA busy_timeout=5000;'],
    };
  },
});
