import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { type Known, known, unknown } from '../known.js';
import { type Bytes, formatBytes, type Pid, plural } from '../units.js';
import { type FileRange, type MappedProgram, parseMappedPrograms } from './maps.js';
import type { SqliteLibrary } from './shapes.js';
import { LOOK_AHEAD, LOOK_BEHIND, type SqliteBuild, SqliteStrings } from './sqlite-strings.js';

/** What was found in files that have been read, by device and inode: most processes map the same libraries. */
export type LibraryCache = Map<string, SqliteBuild | null>;

const MIB = 2 ** 20;

/**
 * Measured: about 0.8 ms for 1 MiB in the page cache, so 320 ms for one process at worst. The program of Node 22
 * has 119 MiB; what is over twice as large is rather data in a library's clothing.
 */
const PROGRAM_LIMIT: Bytes = 256 * MIB;
const PROCESS_LIMIT: Bytes = 400 * MIB;

/**
 * Which SQLite a process has loaded, linked dynamically or statically, from the strings in its programs.
 * `known([])`: everything was read and none of it is SQLite. Unknown: nothing was found, and not everything could
 * be read. What is found says what the process *can* use: Node 22 and later embed a SQLite (node:sqlite) that is
 * listed beside better_sqlite3.node whether the program uses it or not, and where something was found, another
 * copy in a program that could not be read is not ruled out.
 */
export function findSqliteLibraries(pid: Pid, proc: string, cache: LibraryCache): Known<SqliteLibrary[]> {
  const maps = readMaps(pid, proc);
  if (!maps.known) return maps;
  const programs = parseMappedPrograms(maps.value);
  if (programs.length === 0) return unknown('the process has no program in memory: it has just ended');
  const found: SqliteLibrary[] = [];
  const unread: Unread[] = [];
  let budget = PROCESS_LIMIT;
  for (const program of likelyFirst(programs, executableInode(pid, proc))) {
    const cost = cache.has(program.fileKey) ? 0 : mappedBytes(program);
    const isTooLarge = cost > Math.min(PROGRAM_LIMIT, budget);
    const build = isTooLarge ? undefined : examine(program, pid, proc, cache);
    budget -= build === undefined ? 0 : cost;
    if (build) found.push(toLibrary(program, build));
    else if (build === undefined && isSqliteItself(program)) found.push(toLibrary(program, UNREAD));
    else if (build === undefined) unread.push({ path: program.path, isTooLarge });
  }
  return found.length > 0 || unread.length === 0 ? known(found) : unknown(describeUnread(unread));
}

/** A program that could not be searched. */
interface Unread {
  readonly path: string;
  readonly isTooLarge: boolean;
}

const UNREAD: SqliteBuild = { version: null, sourceId: null };

function readMaps(pid: Pid, proc: string): Known<string> {
  try {
    return known(readFileSync(`${proc}/${pid}/maps`, 'latin1'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT' || code === 'ESRCH') return unknown('the process ended meanwhile');
    return unknown(
      'no permission to see which libraries this process uses; run dblock as its user or as root',
    );
  }
}

/** Names that speak of SQLite, then the executable, then the others from small to large: a limit cuts off the largest. */
function likelyFirst(programs: readonly MappedProgram[], executable: string | null): MappedProgram[] {
  const rank = (program: MappedProgram) => {
    if (/sqlite/i.test(nameOf(program))) return 0;
    return program.inode === executable ? 1 : 2;
  };
  return programs.toSorted((one, other) => rank(one) - rank(other) || mappedBytes(one) - mappedBytes(other));
}

function executableInode(pid: Pid, proc: string): string | null {
  try {
    return String(statSync(`${proc}/${pid}/exe`, { bigint: true }).ino);
  } catch {
    return null;
  }
}

function nameOf({ path }: MappedProgram): string {
  return basename(path.replace(/ \(deleted\)$/, ''));
}

/** A file of this name is SQLite even if it cannot be read. Others of similar names may only use it. */
function isSqliteItself(program: MappedProgram): boolean {
  return /^lib.*sqlite/i.test(nameOf(program));
}

function toLibrary(program: MappedProgram, build: SqliteBuild): SqliteLibrary {
  return {
    path: Buffer.from(program.path, 'latin1').toString(),
    linkage: isSqliteItself(program) ? 'shared' : 'static',
    version: build.version,
    sourceId: build.sourceId,
  };
}

function describeUnread(unread: readonly Unread[]): string {
  const [first = ''] = unread.map(({ path }) => Buffer.from(path, 'latin1').toString());
  const names = unread.length > 1 ? `${first} and ${plural(unread.length - 1, 'other')}` : first;
  const limits = `${formatBytes(PROGRAM_LIMIT)} a file, ${formatBytes(PROCESS_LIMIT)} a process`;
  const causes = [
    ...(unread.every(({ isTooLarge }) => isTooLarge)
      ? []
      : ['deleted or replaced since it was loaded (root may read it all the same)']),
    ...(unread.some(({ isTooLarge }) => isTooLarge) ? [`too large (${limits})`] : []),
  ];
  return `no SQLite was found, but ${names} could not be searched: ${causes.join(', or ')}`;
}

/** `undefined`: cannot be read. `null`: contains no SQLite. */
function examine(
  program: MappedProgram,
  pid: Pid,
  proc: string,
  cache: LibraryCache,
): SqliteBuild | null | undefined {
  const cached = cache.get(program.fileKey);
  if (cached !== undefined) return cached;
  for (const path of waysTo(program, `${proc}/${pid}`)) {
    try {
      // The device in maps is the superblock's: on btrfs and overlays stat gives another one.
      const stat = statSync(path, { bigint: true });
      if (!stat.isFile() || String(stat.ino) !== program.inode) continue;
      const build = readBuild(path, program.ranges);
      cache.set(program.fileKey, build);
      return build;
    } catch {
      // the next way may lead there
    }
  }
  return undefined;
}

/** The path in the mount namespace of the process; the mapping itself, which only root may open; the executable. */
function waysTo({ path, deleted, addresses }: MappedProgram, processFolder: string): Buffer[] {
  const mapping = `${processFolder}/map_files/${addresses[0]}`;
  const ways = [mapping, `${processFolder}/exe`].map((way) => Buffer.from(way));
  const direct = Buffer.concat([Buffer.from(`${processFolder}/root`), Buffer.from(path, 'latin1')]);
  return deleted ? ways : [direct, ...ways];
}

const WINDOW: Bytes = 256 * 1024;
const OVERLAP: Bytes = LOOK_BEHIND + LOOK_AHEAD;

/** @throws as readSync does */
function readBuild(path: Buffer, ranges: readonly FileRange[]): SqliteBuild | null {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const strings = new SqliteStrings();
    const buffer = Buffer.allocUnsafe(WINDOW);
    for (const range of ranges) readRange(fd, range, buffer, strings);
    return strings.conclude();
  } finally {
    closeSync(fd);
  }
}

function readRange(fd: number, { start, end }: FileRange, buffer: Buffer, strings: SqliteStrings): void {
  for (let offset = start; offset < end; offset += WINDOW - OVERLAP) {
    const bytes = readSync(fd, buffer, 0, Math.min(WINDOW, end - offset), offset);
    const isLast = bytes < WINDOW || offset + bytes >= end;
    strings.add(
      buffer.subarray(0, bytes),
      offset,
      offset === start ? 0 : LOOK_BEHIND,
      isLast ? bytes : bytes - LOOK_AHEAD,
    );
    if (isLast) return;
  }
}

function mappedBytes({ ranges }: MappedProgram): Bytes {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}
