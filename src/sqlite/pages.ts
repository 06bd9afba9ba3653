/** Pages of one consistent state of a database, read without a lock: committed WAL frames first, then the file. */
import { type Known, known, unknown } from '../known.js';
import { type Bytes, type Frames, formatCount, type Milliseconds } from '../units.js';
import { Corrupt, unknownOnProblem } from './corrupt.js';
import { type OpenFile, statFile, withFile } from './files.js';
import type { FileState, WalIndex, WalScan } from './shapes.js';
import { observeJournal, observeWal, readCurrentIndex } from './sidecars.js';
import { type CommittedPrefix, prefixByChecksums, prefixByIndex, readCommittedPage } from './wal-prefix.js';

export interface PageSource {
  /** Throws `Corrupt` for a page that the database does not have. */
  read(page: number): Buffer;
}

/** What vouches for the frames of a WAL; see `scanWal`. */
export type Verification = WalScan['verifiedBy'];

type Attempt<T> =
  | { readonly kind: 'settled'; readonly outcome: Known<T> }
  | { readonly kind: 'again'; readonly reason: string };

const MOST_TRIES = 5;
/** A small transaction and its fsync take about as long. */
const PAUSE_MS = 5;

/**
 * Calls `use` with pages that belong together, again if the files changed under it: so `use` must have no
 * effects. Unreadable, corrupt and restless files are unknown. `path` is the real path of the database.
 */
export function readSnapshot<T>(
  path: string,
  pageBytes: Bytes,
  verification: Verification,
  use: (pages: PageSource) => T,
): Known<T> {
  let reason = '';
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    if (tries > 0) pause(PAUSE_MS);
    const result = attempt(path, pageBytes, verification, use);
    if (result.kind === 'settled') return result.outcome;
    reason = result.reason;
  }
  return unknown(reason);
}

function pause(ms: Milliseconds): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function attempt<T>(
  path: string,
  pageBytes: Bytes,
  verification: Verification,
  use: (pages: PageSource) => T,
): Attempt<T> {
  const result = unknownOnProblem(() =>
    withFile(path, (database) => {
      const before = takeMarks(path, database);
      if (isJournalActive(path)) return unknown(ROLLBACK_UNDER_WAY);
      return withCommittedWal(path, verification, (wal) => {
        const outcome = unknownOnProblem(() => known(use(pagesOf(database, wal, pageBytes))));
        return isUnchanged(path, database, before, wal) ? known(outcome) : unknown(CHANGED);
      });
    }),
  );
  return result.known ? { kind: 'settled', outcome: result.value } : { kind: 'again', reason: result.reason };
}

const ROLLBACK_UNDER_WAY =
  'a rollback journal is active: a transaction is being written, or a crash left it half written';
const WAL_LOST = 'the WAL index tells of frames, but the WAL is gone, empty or not valid';
const CHANGED = 'the database changed again and again while it was read';

interface CommittedWal {
  readonly file: OpenFile;
  readonly prefix: CommittedPrefix;
  /** `null`: nobody shares an index, so nobody should be writing. */
  readonly index: WalIndex | null;
}

function withCommittedWal<T>(
  path: string,
  verification: Verification,
  use: (wal: CommittedWal | null) => Known<T>,
): Known<T> {
  const content = observeWal(path)?.content;
  if (content?.kind === 'unreadable') return unknown(content.reason);
  const index = verification === 'wal-index' ? readCurrentIndex(path) : null;
  if (content?.kind !== 'header') return index && index.mxFrame > 0 ? unknown(WAL_LOST) : use(null);
  if (verification === 'wal-index' && !index) return unknown('the WAL index cannot be read');
  const read = (file: OpenFile): Known<T> => {
    const prefix = index ? prefixByIndex(path, file, index) : prefixByChecksums(file);
    return prefix.known ? use({ file, prefix: prefix.value, index }) : prefix;
  };
  return withFile(`${path}-wal`, read, 'unguarded');
}

/** A quarter of a second. A schema of 900 KiB is found in a WAL of 4 GiB, in pages of 4 KiB. */
const MOST_FRAMES_SEARCHED: Frames = 250_000_000;

function pagesOf(database: OpenFile, wal: CommittedWal | null, pageBytes: Bytes): PageSource {
  const frames = wal?.prefix.pageNumbers.length ?? 0;
  if (wal && frames > 0 && wal.prefix.pageBytes !== pageBytes) {
    throw new Corrupt(`the WAL has pages of ${wal.prefix.pageBytes} bytes, the database of ${pageBytes}`);
  }
  let searched: Frames = 0;
  return {
    read(page) {
      searched += frames;
      if (searched > MOST_FRAMES_SEARCHED) {
        throw new Corrupt(
          `to find the pages of the schema among ${formatCount(frames)} frames takes too long`,
        );
      }
      const bytes =
        (wal && readCommittedPage(wal.file, wal.prefix, page)) ?? readFromFile(database, page, pageBytes);
      if (bytes.length < pageBytes) throw new Corrupt(`page ${page} lies beyond the end of the database`);
      return bytes;
    },
  };
}

function readFromFile(database: OpenFile, page: number, pageBytes: Bytes): Buffer {
  if (page < 1) throw new Corrupt(`there is no page ${page}`);
  return database.read((page - 1) * pageBytes, pageBytes);
}

/** What a writer cannot leave as it was: sizes, times of change, and the change counter of the header. */
interface Marks {
  readonly database: string;
  readonly wal: string;
  readonly changeCounter: string;
}

function takeMarks(path: string, database: OpenFile): Marks {
  return {
    database: describe(statFile(path)),
    wal: describe(statFile(`${path}-wal`)),
    changeCounter: database.read(24, 4).toString('hex'),
  };
}

function describe(state: FileState | null): string {
  return state ? [state.device, state.inode, state.bytes, state.modifiedAtMs].join(' ') : 'absent';
}

function isUnchanged(path: string, database: OpenFile, before: Marks, wal: CommittedWal | null): boolean {
  if (isJournalActive(path)) return false;
  if (wal?.index) return isUntouchedBeyond(path, database, wal.index);
  const now = takeMarks(path, database);
  const sameDatabase = now.database === before.database && now.changeCounter === before.changeCounter;
  return sameDatabase && (wal === null || now.wal === before.wal);
}

/**
 * Beside living writers: frames up to `mxFrame` stay until the WAL is reset, which changes the salts, and
 * the database file changes only where a checkpoint announces it first (wal.c, walCheckpoint).
 */
function isUntouchedBeyond(path: string, database: OpenFile, index: WalIndex): boolean {
  const file = statFile(path);
  const now = readCurrentIndex(path);
  return (
    file?.inode === database.state.inode &&
    file.device === database.state.device &&
    now?.salts === index.salts &&
    now.nBackfillAttempted <= index.mxFrame
  );
}

function isJournalActive(path: string): boolean {
  return observeJournal(path)?.content.kind === 'active';
}
