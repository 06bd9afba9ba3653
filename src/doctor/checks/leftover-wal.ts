import { type Bytes, type Frames, formatBytes, type Pid, plural } from '../../units.js';
import { everOpenPids } from '../attachment.js';
import { defineCheck, facts, inapplicable, skipped } from '../check.js';
import { foreignSigns } from '../foreign-signs.js';
import { lastSample, locksView } from '../questions.js';
import { saveTogetherCommand, sqlite3Command } from '../quote.js';
import { checkpointRepair } from '../repair/plans.js';
import { offered } from '../repair/rule.js';
import type { Evidence } from '../shapes.js';

interface Facts {
  readonly path: string;
  readonly walPath: string;
  readonly walBytes: Bytes;
  /** `null`: not known, which does not matter while somebody is attached. */
  readonly committedFrames: Frames | null;
  /** Of committed frames; the rest of the file, if any, is older or unfinished. */
  readonly committedBytes: Bytes;
  readonly hasShm: boolean;
  readonly attachedPids: readonly Pid[];
}

const FRAME_HEADER_BYTES = 24;

export const leftoverWal = defineCheck<Facts>({
  id: 'leftover-wal',
  title: 'A WAL with committed changes was left behind',
  severity: 'info',
  group: 'files',
  why: 'In WAL mode commits go to the -wal file first and reach the database later. The last connection normally copies them over and deletes the file; after a crash or a kill it stays, with commits that the database file does not have yet. Nothing is lost as long as both files stay together.',
  sources: [
    'https://www.sqlite.org/wal.html#the_wal_file',
    'https://www.sqlite.org/howtocorrupt.html',
    'wal.c: walIndexRecover',
  ],
  guide: {
    meaning:
      'Nobody has the database open, and its -wal holds committed frames that the database file may not have yet.',
    certainty:
      'Certain: the frames were read and their checksums are right. It is not always a crash: WAL files also stayed behind after processes that all ended normally.',
    now: {
      text: 'Nothing is wrong: the next ordinary connection recovers the commits. Never delete the WAL, and copy both files together. To have the commits in the database file now, save both and checkpoint.',
      commands: [
        'mkdir saved && cp -p app.db app.db-wal saved/',
        "sqlite3 app.db 'PRAGMA wal_checkpoint(TRUNCATE);'",
      ],
    },
    later:
      'Close connections before a process ends. Back up with VACUUM INTO or .backup instead of copying the file.',
  },
  inspect({ evidence }) {
    const { wal } = lastSample(evidence);
    if (wal?.content.kind === 'unreadable') return skipped(`the WAL cannot be read: ${wal.content.reason}`);
    if (wal?.content.kind === 'invalid')
      return inapplicable(`SQLite ignores this WAL: ${wal.content.reason}`);
    const foreign = foreignSigns(evidence);
    if (foreign.known && foreign.value.length > 0)
      return inapplicable('the WAL belongs to another database: see foreign-wal');
    const found = factsOf(evidence);
    if (found.attachedPids.length > 0) return facts(found);
    if (evidence.walScan && !evidence.walScan.known) return skipped(evidence.walScan.reason);
    const view = locksView(evidence);
    if (found.committedFrames !== 0 && !view.complete) {
      return skipped(`the WAL has commits, but whoever uses it may be hidden: ${view.reason}`);
    }
    return facts(found);
  },
  verdict({ committedFrames, attachedPids }) {
    return committedFrames !== 0 && attachedPids.length === 0 ? 'info' : 'clear';
  },
  summary({ path, walPath, committedFrames, committedBytes, hasShm }) {
    const frames = plural(committedFrames ?? 0, 'committed frame');
    const shm = hasShm ? 'its -shm is still there' : 'there is no -shm';
    return `Nobody has ${path} open, and ${walPath} holds ${frames} (${formatBytes(committedBytes)}) that the database file may not have yet; ${shm}. A copy of ${path} alone would lose them.`;
  },
  remedy({ path, walPath }) {
    return {
      text: 'Nothing is wrong with it: the next ordinary connection recovers the commits, as the user of the application. To have them in the database file now, save both files and checkpoint. Never delete the WAL, and copy it together with the database.',
      commands: [
        saveTogetherCommand(path, [walPath]),
        sqlite3Command(path, 'PRAGMA wal_checkpoint(TRUNCATE);'),
      ],
    };
  },

  repair: {
    ids: ['leftover-wal'],
    safety: 'safe',
    summary:
      'Saves the database and the WAL, opens both, checkpoints, and closes: all commits are in the database.',
    plan(_, { evidence }) {
      return offered(evidence, [
        checkpointRepair('leftover-wal', evidence, 'Recover the commits of the WAL into the database.'),
      ]);
    },
  },
});

function factsOf(evidence: Evidence): Facts {
  const { wal, walIndex } = lastSample(evidence);
  const committedFrames = countCommitted(evidence);
  const pageBytes = wal?.content.kind === 'header' ? wal.content.header.pageBytes : 0;
  return {
    path: evidence.path,
    walPath: wal?.file.path ?? `${evidence.path}-wal`,
    walBytes: wal?.file.bytes ?? 0,
    committedFrames,
    committedBytes: (committedFrames ?? 0) * (FRAME_HEADER_BYTES + pageBytes),
    hasShm: walIndex !== null,
    attachedPids: everOpenPids(evidence),
  };
}

function countCommitted({ walScan }: Evidence): Frames | null {
  if (!walScan) return 0;
  return walScan.known ? walScan.value.committedFrames : null;
}
