/** Which files of a folder are SQLite databases: by their first 16 bytes, never by a name. */
import { isUtf8 } from 'node:buffer';
import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { quote, UsageProblem } from '../problem.js';
import { FileProblem } from '../sqlite/errors.js';
import { withFile } from '../sqlite/files.js';
import { errorCode, statOrNull, whyUnreachable } from './unreachable.js';

/** sqlite.org/fileformat2.html#magic_header_string */
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

export interface FolderScan {
  /** Names, sorted. */
  readonly databases: readonly string[];
  /** Files that may be databases and could not be looked at: what, and why. Ready for a sentence. */
  readonly unseen: readonly string[];
}

/**
 * Looks at the files directly in a folder, those behind symbolic links included. Opens nothing but ordinary files.
 * @param given the folder as the user wrote it
 * @throws UsageProblem if the folder cannot be listed
 */
export function scanFolder(folder: string, given: string): FolderScan {
  const names = listFolder(folder, given);
  const present = new Set(names.map((name) => name.toString('latin1')));
  const databases: string[] = [];
  const unseen: string[] = [];
  for (const name of names) {
    if (isSidecarBeside(present, name.toString('latin1'))) continue;
    const sight = lookAt(folder, name);
    if (sight === 'database') databases.push(name.toString());
    else if (sight !== 'other') unseen.push(sight.unseen);
  }
  return { databases: databases.sort(), unseen: unseen.sort() };
}

/** The database that a `-wal`, `-shm` or `-journal` belongs to by its name; `null` for any other name. */
export function ownerOfSidecar(path: string): string | null {
  return /^(.+)-(?:wal|shm|journal)$/s.exec(path)?.[1] ?? null;
}

/**
 * Whether an ordinary file begins as every SQLite database does that is not encrypted.
 * @throws FileProblem if it cannot be read
 */
export function startsLikeDatabase(path: string): boolean {
  return withFile(path, (file) => MAGIC.equals(file.read(0, MAGIC.length)));
}

/**
 * Names are bytes to the kernel; as text, one that is not UTF-8 would name no file at all.
 * @throws UsageProblem if the folder cannot be listed
 */
export function listFolder(folder: string, given: string): Buffer[] {
  try {
    return readdirSync(folder, 'buffer');
  } catch (error) {
    throw new UsageProblem(whyUnlistable(folder, given, error), { cause: error });
  }
}

function whyUnlistable(folder: string, given: string, error: unknown): string {
  const exists = statOrNull(folder);
  if (exists && !exists.isDirectory()) return `${quote(given)} is not a folder.`;
  if (exists && isForbidden(error)) return `No permission to list the folder ${quote(given)}.`;
  return whyUnreachable(folder, given, error);
}

function isForbidden(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'EACCES' || code === 'EPERM';
}

function isSidecarBeside(present: ReadonlySet<string>, name: string): boolean {
  const owner = ownerOfSidecar(name);
  return owner !== null && present.has(owner);
}

type Sight = 'database' | 'other' | { readonly unseen: string };

function lookAt(folder: string, name: Buffer): Sight {
  const stats = statEntry(folder, name);
  if (stats === null) return { unseen: `${quote(name.toString())} (no permission)` };
  if (stats === 'gone' || !stats.isFile() || stats.size < BigInt(MAGIC.length)) return 'other';
  if (!isUtf8(name)) return { unseen: `"${escapeBytes(name)}" (its name is not valid UTF-8; rename it)` };
  try {
    return startsLikeDatabase(join(folder, name.toString())) ? 'database' : 'other';
  } catch (error) {
    return sightOfProblem(name.toString(), error);
  }
}

/** What vanished meanwhile, or became something else, is no database of this folder any more. */
function sightOfProblem(name: string, error: unknown): Sight {
  if (!(error instanceof FileProblem) || error.kind === 'has-connection') throw error;
  if (['missing', 'vanished', 'not-a-file', 'symlink-loop'].includes(error.kind)) return 'other';
  return {
    unseen: `${quote(name)} (${error.kind === 'no-permission' ? 'no permission' : 'cannot be read'})`,
  };
}

/** `null`: not allowed to know. `gone`: vanished, or a symbolic link that leads nowhere. */
function statEntry(folder: string, name: Buffer): BigIntStats | 'gone' | null {
  try {
    return statSync(Buffer.concat([Buffer.from(`${folder}/`), name]), { bigint: true });
  } catch (error) {
    return isForbidden(error) ? null : 'gone';
  }
}

/** `caf\xe9.db`, as a shell's $'…' takes it. */
function escapeBytes(name: Buffer): string {
  return [...name].map(escapeByte).join('');
}

function escapeByte(byte: number): string {
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c;
  return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
}
