import { FileProblem, showPath } from './errors.js';
import { replaced, statFile, vanished, withFile } from './files.js';
import { HEADER_BYTES, type HeaderParse, type HeaderProblemKind, parseHeader } from './header.js';
import { findTruncation } from './missing-pages.js';
import type { DatabaseHeader, FileState, JournalState, WalIndexState, WalState } from './shapes.js';
import { observeJournal, observeWal, observeWalIndex } from './sidecars.js';

/** A database and the files beside it, read one after the other without a lock. */
export interface ObservedFiles {
  readonly database: FileState;
  /** `null`: the file has 0 bytes, but a WAL or a journal with content lies beside it. */
  readonly header: DatabaseHeader | null;
  readonly wal: WalState | null;
  readonly walIndex: WalIndexState | null;
  readonly journal: JournalState | null;
}

/** Files that change under our eyes are looked at again, but not for ever. */
const MOST_LOOKS = 3;

/** Reads the state of the files. `path` is a real path. Throws `FileProblem` for what cannot be examined. */
export function observeFiles(path: string): ObservedFiles {
  let problem: FileProblem | null = null;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const observed = look(path);
    problem = findProblem(path, observed);
    if (!problem) return observed;
    if (problem.kind === 'vanished') break;
  }
  throw problem ?? vanished(path);
}

function look(path: string): ObservedFiles {
  const { database, header } = withFile(path, (file) => ({
    database: file.state,
    header: readHeader(path, file.read(0, HEADER_BYTES)),
  }));
  return {
    database,
    header,
    wal: observeWal(path),
    walIndex: observeWalIndex(path),
    journal: observeJournal(path),
  };
}

function readHeader(path: string, bytes: Buffer): DatabaseHeader | null {
  if (bytes.length === 0) return null;
  const parse = parseHeader(bytes);
  if (parse.kind === 'header') return parse.header;
  throw headerProblem(path, parse);
}

const HEADER_PROBLEMS = {
  'too-short': ['too-short', 'Check the path, or restore it from a backup.'],
  encrypted: [
    'encrypted',
    'If it is encrypted (SQLCipher, SEE), dblock cannot read it: examine a decrypted copy.',
  ],
  'not-a-database': ['not-a-database', 'Check the path.'],
  invalid: ['not-a-database', 'Check the path, or restore it from a backup.'],
} as const satisfies Record<HeaderProblemKind, readonly [FileProblem['kind'], string]>;

function headerProblem(path: string, parse: Exclude<HeaderParse, { kind: 'header' }>): FileProblem {
  const [kind, advice] = HEADER_PROBLEMS[parse.kind];
  return new FileProblem(
    kind,
    path,
    `${showPath(path)} is not a SQLite database: ${parse.reason}. ${advice}`,
  );
}

function findProblem(path: string, observed: ObservedFiles): FileProblem | null {
  const now = statFile(path);
  if (!now) return vanished(path);
  if (now.device !== observed.database.device || now.inode !== observed.database.inode) return replaced(path);
  if (observed.header)
    return hasPendingChanges(observed) ? null : findTruncation(path, observed.header, now.bytes);
  return hasPendingChanges(observed) ? null : empty(path);
}

/** Then the database file alone does not say how large the database is. */
function hasPendingChanges({ wal, journal }: ObservedFiles): boolean {
  return (wal !== null && wal.file.bytes > 0) || journal?.content.kind === 'active';
}

function empty(path: string): FileProblem {
  return new FileProblem(
    'empty',
    path,
    `${showPath(path)} is empty (0 bytes): SQLite would make a new database of it. There is nothing to diagnose; check the path.`,
  );
}
