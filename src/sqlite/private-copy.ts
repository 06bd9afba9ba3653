/**
 * A copy of a database that others may be writing to, as if it had been taken at one moment and without a lock.
 *
 * WAL: the database file may change while it is copied only by checkpoints, and they copy frames that are in the WAL
 * and stay there until it is reset, which gives it new salts. So the file first, then the WAL as it is by then: its
 * frames cover whatever changed in the file meanwhile, if both ends of the copying saw the same WAL header (wal.c,
 * walCheckpoint and walRestartHdr).
 * Rollback: whoever writes the file holds EXCLUSIVE, has a journal, and leaves another change counter behind.
 */
import { chmodSync, closeSync, constants, copyFileSync, openSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Known, known, unknown } from '../known.js';
import type { Bytes, Milliseconds } from '../units.js';
import { unknownOnProblem } from './corrupt.js';
import { type OpenFile, statFile, withFile } from './files.js';
import type { FileState, WalHeader } from './shapes.js';
import { observeJournal, observeWal, readCurrentIndex } from './sidecars.js';
import { roomFor } from './temporary-folder.js';
import { frameOffset } from './wal.js';

export interface PrivateCopy {
  readonly path: string;
  /** Of the database and the WAL together. */
  readonly bytes: Bytes;
  /** The blocks of the database are shared with the original. */
  readonly reflinked: boolean;
}

export interface CopyOptions {
  /** Where to put it: a folder of our own, on any file system. */
  readonly folder: string;
  /** Somebody holds DMS, so the index says how much of the WAL matters; else all of it is copied. */
  readonly trustIndex: boolean;
  /** A busy database leaves gaps: a small one is tried so long, a large one, whose copy takes long, five times. */
  readonly patienceMs: Milliseconds;
  /** Whether somebody holds RESERVED, PENDING or EXCLUSIVE now. */
  isWriting(): Known<boolean>;
  /** The bytes that may be written to a folder, or why they may not; as for a temporary folder, if not given. */
  readonly room?: (bytes: Bytes, folder: string) => Known<Bytes>;
}

const LEAST_TRIES = 5;
const LONGEST_PAUSE_MS: Milliseconds = 50;

/** `path` is a real path; the process must have no connection to it. Unknown: it could not be copied, and why. */
export function copyPrivately(path: string, options: CopyOptions): Known<PrivateCopy> {
  let reason = '';
  const start = performance.now();
  for (let tries = 0; tries < LEAST_TRIES || performance.now() - start < options.patienceMs; tries += 1) {
    pause(Math.min(tries, LONGEST_PAUSE_MS));
    const attempt = unknownOnProblem(() => known(attemptCopy(path, options)));
    if (!attempt.known) reason = attempt.reason;
    else if (attempt.value.kind === 'settled') return attempt.value.outcome;
    else reason = attempt.value.reason;
  }
  return unknown(reason);
}

function pause(ms: Milliseconds): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

type Attempt =
  | { readonly kind: 'settled'; readonly outcome: Known<PrivateCopy> }
  | { readonly kind: 'again'; readonly reason: string };

const CHANGED: Attempt = {
  kind: 'again',
  reason: 'the database changed again and again while it was copied; try when it is quieter',
};

function attemptCopy(path: string, options: CopyOptions): Attempt {
  const before = look(path, options);
  if (!before.known) return { kind: 'again', reason: before.reason };
  const target = join(options.folder, 'copy.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(target + suffix, { force: true });
  const copied = copyDatabase(path, target, before.value, options.room ?? roomFor);
  if (!copied.known) return { kind: 'settled', outcome: copied };
  const walBytes = before.value.wal ? copyWal(path, target, before.value.wal, options) : 0;
  if (walBytes === null) return CHANGED;
  const after = look(path, options);
  if (!after.known) return { kind: 'again', reason: after.reason };
  if (!belongTogether(before.value, after.value)) return CHANGED;
  const { bytes, reflinked } = copied.value;
  return { kind: 'settled', outcome: known({ path: target, bytes: bytes + walBytes, reflinked }) };
}

/** What must be the same before and after. */
interface Look {
  readonly database: FileState;
  /** `null`: no WAL that SQLite would use, so nothing but a rollback-mode writer changes the database. */
  readonly wal: WalHeader | null;
  readonly walFile: FileState | null;
  readonly changeCounter: string;
}

function look(path: string, { isWriting }: CopyOptions): Known<Look> {
  const journal = observeJournal(path)?.content;
  if (journal?.kind === 'unreadable') return unknown(journal.reason);
  if (journal?.kind === 'active') return unknown(HOT);
  const wal = observeWal(path);
  if (wal?.content.kind === 'unreadable') return unknown(wal.content.reason);
  const header = wal?.content.kind === 'header' ? wal.content.header : null;
  if (header === null) {
    const writing = isWriting();
    if (!writing.known) return writing;
    if (writing.value) return unknown('a process holds a write lock on the database file');
  }
  return withFile(path, (file) =>
    known({
      database: file.state,
      wal: header,
      walFile: header === null ? null : (wal?.file ?? null),
      changeCounter: file.read(24, 4).toString('hex'),
    }),
  );
}

const HOT =
  'a rollback journal is active: a transaction is being written, or one was interrupted (see hot-journal)';

function belongTogether(before: Look, after: Look): boolean {
  if (before.database.inode !== after.database.inode || before.database.device !== after.database.device)
    return false;
  if (before.wal) {
    return after.wal?.salts === before.wal.salts && after.walFile?.inode === before.walFile?.inode;
  }
  return (
    after.wal === null &&
    before.database.bytes === after.database.bytes &&
    before.database.modifiedAtMs === after.database.modifiedAtMs &&
    before.changeCounter === after.changeCounter
  );
}

function copyDatabase(
  path: string,
  target: string,
  { database, walFile }: Look,
  roomIn: NonNullable<CopyOptions['room']>,
): Known<Pick<PrivateCopy, 'bytes' | 'reflinked'>> {
  const reflinked = isReflinked(path, target);
  if (!reflinked) {
    const room = roomIn(database.bytes + (walFile?.bytes ?? 0), dirname(target));
    if (!room.known) return room;
    copyFileSync(path, target, constants.COPYFILE_EXCL);
  }
  chmodSync(target, 0o600);
  return known({ bytes: statFile(target)?.bytes ?? 0, reflinked });
}

/**
 * Shares the blocks instead of copying them, where the file system can: in no time, and without needing room.
 * COPYFILE_EXCL, here and for the copy, because without it libuv truncates the new file, and ext4 takes that for a file
 * that is replaced, and writes all of it to the disk before close() returns (ext4(5), auto_da_alloc): three times as long.
 */
function isReflinked(path: string, target: string): boolean {
  try {
    copyFileSync(path, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch {
    rmSync(target, { force: true });
    return false;
  }
}

const CHUNK_BYTES = 4 * 2 ** 20;

/** Copies the part of the WAL that matters; `null` if that part is not there any more. */
function copyWal(path: string, target: string, header: WalHeader, { trustIndex }: CopyOptions): Bytes | null {
  const index = trustIndex ? readCurrentIndex(path) : null;
  const isOfThisWal = index?.salts === header.salts && index.pageBytes === header.pageBytes;
  const wanted = isOfThisWal ? frameOffset(index.mxFrame + 1, index.pageBytes) : Number.POSITIVE_INFINITY;
  return withFile(
    `${path}-wal`,
    (wal) => {
      const bytes = Math.min(wanted, wal.state.bytes);
      return copyBytes(wal, `${target}-wal`, bytes) === wanted || !isOfThisWal ? bytes : null;
    },
    'unguarded',
  );
}

function copyBytes(source: OpenFile, target: string, bytes: Bytes): Bytes {
  const fd = openSync(target, 'w', 0o600);
  try {
    let copied = 0;
    while (copied < bytes) {
      const chunk = source.read(copied, Math.min(CHUNK_BYTES, bytes - copied));
      if (chunk.length === 0) break;
      writeSync(fd, chunk);
      copied += chunk.length;
    }
    return copied;
  } finally {
    closeSync(fd);
  }
}
