/** The files beside a database. One that cannot be read is a fact about it, never an error; one that vanishes is absent. */
import { FileProblem, showPath } from './errors.js';
import { type Guard, type OpenFile, statLink, withFile } from './files.js';
import { parseJournal } from './journal.js';
import type {
  FileState,
  JournalState,
  WalContent,
  WalIndex,
  WalIndexContent,
  WalIndexState,
  WalState,
} from './shapes.js';
import { parseWalHeader, WAL_HEADER_BYTES, WAL_VERSION, type WalHeaderParse } from './wal.js';
import { parseWalIndex, WAL_INDEX_HEADER_BYTES } from './wal-index.js';

type Unreadable = { kind: 'unreadable'; reason: string };

/** `path` is that of the database, here and below. Throws `FileProblem` for a WAL with which SQLite opens nothing. */
export function observeWal(path: string): WalState | null {
  return observe(`${path}-wal`, 'unguarded', readWalContent);
}

export function observeWalIndex(path: string): WalIndexState | null {
  return observe(`${path}-shm`, 'guarded', readWalIndex);
}

/** The index as it is now; `null` where there is none that can be read. Says nothing about who vouches for it. */
export function readCurrentIndex(path: string): WalIndex | null {
  const content = observeWalIndex(path)?.content;
  return content?.kind === 'index' ? content.index : null;
}

export function observeJournal(path: string): JournalState | null {
  return observe(`${path}-journal`, 'unguarded', (file) => parseJournal(file.read(0, 1)));
}

function observe<C>(
  path: string,
  guard: Guard,
  read: (file: OpenFile) => C,
): { file: FileState; content: C | Unreadable } | null {
  try {
    return withFile(path, (file) => ({ file: file.state, content: read(file) }), guard);
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    if (error.kind === 'missing' || error.kind === 'vanished') return null;
    if (error.kind === 'unsupported') throw error;
    const file = statLink(path);
    return file && { file, content: { kind: 'unreadable', reason: error.message } };
  }
}

/** A header that is being rewritten by the first commit after a reset may be read half old, half new. */
const MOST_WAL_READS = 3;

/** Reads the header of an open WAL. Throws `FileProblem` for one with which SQLite opens nothing. */
export function readWalContent(file: OpenFile): WalContent {
  let parse: WalHeaderParse | null = null;
  for (let tries = 0; tries < MOST_WAL_READS; tries += 1) {
    const bytes = file.read(0, WAL_HEADER_BYTES);
    if (bytes.length === 0) return { kind: 'empty' };
    parse = parseWalHeader(bytes);
    if (parse.kind === 'header') return parse;
  }
  if (parse?.kind === 'unsupported') throw unsupportedWal(file.state.path, parse.version);
  return parse ?? { kind: 'empty' };
}

/** wal.c, walIndexRecover: SQLITE_CANTOPEN. */
function unsupportedWal(path: string, version: number): FileProblem {
  return new FileProblem(
    'unsupported',
    path,
    `${showPath(path)} has format version ${version}, and SQLite knows ${WAL_VERSION}: it refuses to open the database with it. If no newer SQLite wrote it, it is damaged: restore the database and its WAL together from a backup.`,
  );
}

/** Beside a writer at 100,000 commits a second, one read in 2,800 was torn. */
const MOST_INDEX_READS = 50;

/**
 * Reads until two successive reads belong to one generation of the WAL: backfill counts and read marks
 * lie outside the checksum, so one read could join an old header with the counts after a reset.
 */
function readWalIndex(file: OpenFile): WalIndexContent {
  let earlier: WalIndex | null = null;
  for (let tries = 0; tries < MOST_INDEX_READS; tries += 1) {
    const parse = parseWalIndex(file.read(0, WAL_INDEX_HEADER_BYTES));
    if (parse.kind === 'torn') continue;
    if (parse.kind !== 'index') return parse;
    if (earlier?.salts === parse.index.salts) return { kind: 'index', index: join(earlier, parse.index) };
    earlier = parse.index;
  }
  return {
    kind: 'invalid',
    reason: earlier
      ? 'the WAL was reset again and again while it was read'
      : 'the two copies of its header differ and stay so: a writer died or stands still in the middle of a commit',
  };
}

/** The earlier counts with the later header: then no count exceeds `mxFrame`. */
function join(earlier: WalIndex, later: WalIndex): WalIndex {
  const { nBackfill, nBackfillAttempted, readMarks } = earlier;
  return { ...later, nBackfill, nBackfillAttempted, readMarks };
}
