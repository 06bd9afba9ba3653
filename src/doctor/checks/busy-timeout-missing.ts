import { formatDuration, type Milliseconds } from '../../units.js';
import { defineCheck, facts } from '../check.js';
import { ifDeclared } from '../declared.js';

interface Facts {
  readonly path: string;
  /** As declared in the configuration. */
  readonly busyTimeoutMs: Milliseconds;
}

/**
 * 1 s: SQLite waits up to 100 ms between two tries and serves nobody in order, so less is only a few tries; builds of
 * the 3.40 era without usleep() sleep whole seconds, so less is none (main.c, sqliteDefaultBusyCallback).
 */
const LEAST_MS: Milliseconds = 1000;

export const busyTimeoutMissing = defineCheck<Facts>({
  id: 'busy-timeout-missing',
  title: 'Connections do not wait for a lock',
  severity: 'warning',
  group: 'connections',
  why: 'Only one connection can write at a time. With a busy timeout the others wait for their turn, and most never notice; without one every meeting of two writers is an immediate "database is locked". The setting belongs to a connection, not to the database: one place that opens a connection without it is enough.',
  sources: [
    'https://www.sqlite.org/c3ref/busy_timeout.html',
    'https://www.sqlite.org/pragma.html#pragma_busy_timeout',
    'main.c: sqliteDefaultBusyCallback',
  ],
  guide: {
    meaning: 'The configuration declares a busy timeout below 1 second for the connections.',
    certainty:
      "As sure as the declaration: another connection's busy timeout cannot be seen from outside. Without a declaration the check is skipped.",
    now: {
      text: 'Set it on every connection, as its first statement.',
      commands: ['PRAGMA busy_timeout=5000;'],
    },
    later:
      'Open connections in one place, which sets it. It does not help where a transaction reads first and writes later: see deferred-upgrade.',
  },
  inspect({ evidence }) {
    return ifDeclared(evidence, 'busyTimeoutMs', (busyTimeoutMs) =>
      facts({ path: evidence.path, busyTimeoutMs }),
    );
  },
  verdict({ busyTimeoutMs }) {
    return busyTimeoutMs < LEAST_MS ? 'warning' : 'clear';
  },
  summary({ path, busyTimeoutMs }) {
    return busyTimeoutMs === 0
      ? `The connections to ${path} are declared to have no busy timeout: whoever finds a lock taken fails at once.`
      : `The connections to ${path} are declared to wait ${formatDuration(busyTimeoutMs)} for a lock: a few tries, and none with libraries that can only sleep whole seconds.`;
  },
  remedy() {
    return {
      text: 'Set a timeout of several seconds on every connection, as its first statement: before journal_mode and before any query. It does not help where a transaction reads first and writes later (see deferred-upgrade), and it hides nothing: a lock that is held longer still fails.',
      commands: ['PRAGMA busy_timeout=5000;'],
    };
  },
});
