import { type Bytes, type Frames, formatBytes, formatCount } from '../../units.js';
import { attachedNow } from '../attachment.js';
import { defineCheck, facts, skipped } from '../check.js';
import { ifWalIndex } from '../live.js';
import { hasResetBug } from '../process-questions.js';
import { lastSample, locksView, nameProcesses } from '../questions.js';
import { sqlite3Command } from '../quote.js';
import { checkpointRepair } from '../repair/plans.js';
import { offered, withheld } from '../repair/rule.js';
import { starvation } from '../wal-readers.js';

interface Facts {
  readonly path: string;
  readonly walBytes: Bytes;
  readonly mxFrame: Frames;
  readonly nBackfill: Frames;
  /** Readers explain it: `wal-starved` reports that. */
  readonly starved: boolean;
}

/** 64 MiB: about sixteen times what the default autocheckpoint of 1,000 pages needs at 4 KiB a page. */
const OVERSIZED_BYTES: Bytes = 64 * 1024 * 1024;

export const walOversized = defineCheck<Facts>({
  id: 'wal-oversized',
  title: 'The WAL file is large although nothing in it is needed',
  severity: 'info',
  group: 'now',
  why: 'Once everything is checkpointed, SQLite writes over the WAL from its start but does not make the file smaller. One large transaction or one long read in the past leaves a large file for good. That costs disk space, and shows that something once kept the WAL growing.',
  sources: [
    'https://www.sqlite.org/pragma.html#pragma_journal_size_limit',
    'https://www.sqlite.org/pragma.html#pragma_wal_checkpoint',
    'wal.c: walRestartLog, walLimitSize',
  ],
  guide: {
    meaning:
      'WAL mode: the -wal file has 64 MiB or more although every committed frame in it is already in the database, and no overlapping readers explain it (wal-starved).',
    certainty:
      'Certain. What made it grow is in the past and not known: one large transaction, or a long read.',
    now: {
      text: 'Nothing needs to be done. To get the space back, truncate it at a quiet moment.',
      commands: ["sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE);'"],
    },
    later:
      'Set journal_size_limit in every connection that writes, for example 67108864 (64 MiB): the file is then cut when the WAL starts again.',
  },
  inspect({ evidence }) {
    return ifWalIndex(evidence, (_, [, { mxFrame, nBackfill }]) => {
      const walBytes = lastSample(evidence).wal?.file.bytes ?? 0;
      const view = locksView(evidence);
      if (walBytes >= OVERSIZED_BYTES && !view.complete) return skipped(view.reason);
      return facts({
        path: evidence.path,
        walBytes,
        mxFrame,
        nBackfill,
        starved: starvation(evidence) !== null,
      });
    });
  },
  verdict({ walBytes, mxFrame, nBackfill, starved }) {
    return walBytes >= OVERSIZED_BYTES && nBackfill === mxFrame && !starved ? 'info' : 'clear';
  },
  summary({ walBytes, mxFrame }) {
    return `The WAL file has ${formatBytes(walBytes)}, and all of its ${formatCount(mxFrame)} committed frames are already in the database.`;
  },
  remedy({ path }) {
    return {
      text: 'A TRUNCATE checkpoint gives the space back. To keep the file small from now on, set journal_size_limit in every connection that writes: the WAL is then cut to that size when it starts again.',
      commands: [
        sqlite3Command(path, 'PRAGMA wal_checkpoint(TRUNCATE);'),
        'PRAGMA journal_size_limit = 67108864;',
      ],
    };
  },

  repair: {
    ids: ['wal-oversized'],
    safety: 'safe',
    summary:
      'A TRUNCATE checkpoint, as dblock checkpoint runs it; not while a process with the WAL-reset bug has the database open.',
    plan(_, { evidence }) {
      const exposed = attachedNow(evidence).filter((pid) => hasResetBug(evidence, pid));
      if (exposed.length > 0) {
        return withheld(
          `${nameProcesses(evidence, exposed)} can lose commits when the WAL is truncated (wal-reset-bug): update its SQLite or stop it first`,
        );
      }
      return offered(evidence, [checkpointRepair('wal-oversized', evidence, 'Truncate the WAL.')]);
    },
  },
});
