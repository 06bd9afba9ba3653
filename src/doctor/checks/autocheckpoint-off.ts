import type { Pages, Pid } from '../../units.js';
import { everAttachedPids } from '../attachment.js';
import { defineCheck, facts, inapplicable } from '../check.js';
import { ifDeclared } from '../declared.js';
import { isLitestream } from '../process-questions.js';
import { lastSample, lockingMode, nameProcesses } from '../questions.js';

interface Facts {
  readonly path: string;
  /** As declared; 0 = off. */
  readonly autocheckpointPages: Pages;
  /** They checkpoint instead. */
  readonly litestreamPids: readonly Pid[];
  readonly litestream: string;
}

export const autocheckpointOff = defineCheck<Facts>({
  id: 'autocheckpoint-off',
  title: 'The automatic checkpoint is switched off',
  severity: 'warning',
  group: 'connections',
  why: 'A commit that leaves 1,000 pages or more in the WAL normally copies them into the database. With wal_autocheckpoint = 0 nobody does, unless the application or a replicator checkpoints by itself: the WAL grows with every commit, reads become slower, and in the end the disk is full.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_wal_autocheckpoint',
    'https://www.sqlite.org/wal.html#avoiding_excessively_large_wal_files',
    'https://litestream.io/tips/',
  ],
  guide: {
    meaning:
      'WAL mode: the configuration declares wal_autocheckpoint = 0. With Litestream attached only good to know: it checkpoints by itself.',
    certainty:
      'As sure as the declaration. Whether the application checkpoints by itself is not known; checkpoint-absent sees whether somebody does.',
    now: {
      text: 'See whether the WAL grows.',
      commands: ['dblock doctor app.db --only checkpoint-absent,wal-oversized,autocheckpoint-off'],
    },
    later:
      'Leave it at 1,000, or checkpoint from one place at quiet moments and look at the row that comes back: the first number is 1 if somebody was in the way.',
  },
  inspect({ evidence }) {
    if (lockingMode(lastSample(evidence)) !== 'wal') {
      return inapplicable('the database is not in WAL mode');
    }
    return ifDeclared(evidence, 'autocheckpointPages', (autocheckpointPages) => {
      const litestreamPids = everAttachedPids(evidence).filter((pid) => isLitestream(evidence, pid));
      const litestream = nameProcesses(evidence, litestreamPids);
      return facts({ path: evidence.path, autocheckpointPages, litestreamPids, litestream });
    });
  },
  verdict({ autocheckpointPages, litestreamPids }) {
    if (autocheckpointPages > 0) return 'clear';
    return litestreamPids.length > 0 ? 'info' : 'warning';
  },
  summary({ path, litestream, litestreamPids }) {
    const off = `The connections to ${path} are declared to run with wal_autocheckpoint = 0`;
    return litestreamPids.length > 0
      ? `${off}. ${litestream} checkpoints instead; while it is not running, nobody does.`
      : `${off}, and no process that is known to checkpoint instead has the database open.`;
  },
  remedy({ litestreamPids }) {
    if (litestreamPids.length > 0) {
      return {
        text: 'As Litestream recommends for many writes. Watch the size of the WAL, so that you learn of a Litestream that has stopped.',
        commands: [],
      };
    }
    return {
      text: 'Leave it at 1,000, the default, or checkpoint from one place at quiet moments and look at the row that comes back: the first number is 1 if somebody was in the way.',
      commands: ['PRAGMA wal_autocheckpoint=1000;'],
    };
  },
});
