import { defineCheck, facts } from '../check.js';
import { ifDeclared } from '../declared.js';
import { lastSample, lockingMode } from '../questions.js';
import type { DeclaredConnections } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly synchronous: NonNullable<DeclaredConnections['synchronous']>;
  readonly journalMode: 'rollback' | 'wal';
}

export const synchronousOff = defineCheck<Facts>({
  id: 'synchronous-off',
  title: 'Commits are not secured against a power failure',
  severity: 'warning',
  group: 'connections',
  why: 'With synchronous = OFF SQLite hands its writes to the operating system and never waits for the disk. A crash of the application does no harm, but after a power failure or a crash of the system the pages may have reached the disk in any order: the database can be corrupt, not merely out of date. In WAL mode NORMAL is nearly as fast and cannot corrupt it.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_synchronous',
    'https://www.sqlite.org/howtocorrupt.html',
  ],
  guide: {
    meaning: 'The configuration declares synchronous = OFF.',
    certainty:
      'As sure as the declaration. A crash of the application does no harm; it takes a power failure or a crash of the system.',
    now: {
      text: 'Nothing is broken now. Set it back at the next chance.',
      commands: ['PRAGMA synchronous=NORMAL;'],
    },
    later: 'NORMAL in WAL mode, FULL in rollback mode, on every connection.',
  },
  inspect({ evidence }) {
    return ifDeclared(evidence, 'synchronous', (synchronous) =>
      facts({ path: evidence.path, synchronous, journalMode: lockingMode(lastSample(evidence)) }),
    );
  },
  verdict({ synchronous }) {
    return synchronous === 'off' ? 'warning' : 'clear';
  },
  summary({ path }) {
    return `The connections to ${path} are declared to run with synchronous = OFF: a power failure can corrupt the database.`;
  },
  remedy({ journalMode }) {
    return journalMode === 'wal'
      ? {
          text: 'Set NORMAL on every connection. In WAL mode it waits for the disk only at checkpoints: commits stay as fast, and a power failure can lose the last ones but not corrupt the database.',
          commands: ['PRAGMA synchronous=NORMAL;'],
        }
      : {
          text: 'Set FULL on every connection, the default. If commits are too slow then, switch to WAL mode with NORMAL, and put several changes into one transaction.',
          commands: ['PRAGMA synchronous=FULL;'],
        };
  },
});
