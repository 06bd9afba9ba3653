import { defineCheck, facts, inapplicable } from '../check.js';
import { ifDeclared } from '../declared.js';
import { lastSample, lockingMode } from '../questions.js';
import type { DeclaredConnections } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly synchronous: NonNullable<DeclaredConnections['synchronous']>;
}

export const synchronousFullInWal = defineCheck<Facts>({
  id: 'synchronous-full-in-wal',
  title: 'Each commit waits for the disk while it holds the write lock',
  severity: 'info',
  group: 'connections',
  why: 'In WAL mode with synchronous = FULL every commit waits until the disk has it, and holds the write lock meanwhile: with a disk that takes 5 ms, no more than 200 transactions a second, of all processes together. NORMAL waits only at checkpoints and cannot corrupt the database; what it gives up is that the last commits before a power failure may be missing after it.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_synchronous',
    'https://www.sqlite.org/wal.html#performance_considerations',
    'wal.c: sqlite3WalFrames',
  ],
  guide: {
    meaning: 'WAL mode: the configuration declares synchronous = FULL or EXTRA.',
    certainty:
      'As sure as the declaration. What a commit costs depends on the disk: dblock does not measure it.',
    now: { text: 'Nothing is broken.', commands: ['PRAGMA synchronous=NORMAL;'] },
    later:
      'NORMAL, if the loss of the last moments before a power failure is bearable. Else keep FULL, and put several changes into one transaction.',
  },
  inspect({ evidence }) {
    if (lockingMode(lastSample(evidence)) !== 'wal') {
      return inapplicable('in rollback mode FULL is what keeps the database safe');
    }
    return ifDeclared(evidence, 'synchronous', (synchronous) => facts({ path: evidence.path, synchronous }));
  },
  verdict({ synchronous }) {
    return synchronous === 'full' || synchronous === 'extra' ? 'info' : 'clear';
  },
  summary({ path, synchronous }) {
    return `The connections to ${path} are declared to run with synchronous = ${synchronous.toUpperCase()}: every commit waits for the disk with the write lock in its hand, and all other writers wait with it.`;
  },
  remedy() {
    return {
      text: 'Set NORMAL on every connection, if the loss of the last moments before a power failure is bearable (a crash of the application loses nothing). Keep FULL where each commit must survive, such as payments, and put several changes into one transaction instead.',
      commands: ['PRAGMA synchronous=NORMAL;'],
    };
  },
});
