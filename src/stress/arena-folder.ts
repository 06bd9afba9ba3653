/** Where an arena lies, and what becomes of those whose run was killed. */
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Known, known, unknown } from '../known.js';
import { showPath } from '../sqlite/errors.js';
import { type Bytes, formatBytes, type Pid } from '../units.js';

const PREFIX = 'dblock-stress-';
const MARKER = 'owner.json';
const MARKER_SCHEMA = 'dblock.stress-arena/1';

/** Who made the folder. A pid alone would not do: numbers are used again, and other containers have the same. */
interface Owner {
  readonly schema: typeof MARKER_SCHEMA;
  readonly pid: Pid;
  /** Ticks after the boot at which the process started (proc_pid_stat(5), field 22). */
  readonly started: string | null;
  readonly boot: string | null;
  readonly pidNamespace: string | null;
  readonly host: string;
}

/** A folder of our own in the first of `places` where one can be made, with a marker that says whose it is. */
export function makeArenaFolder(places: readonly string[]): Known<string> {
  let reason = 'no folder was named';
  for (const place of new Set(places)) {
    try {
      const folder = mkdtempSync(join(place, PREFIX));
      chmodSync(folder, 0o700);
      writeFileSync(join(folder, MARKER), JSON.stringify(ownerOf(process.pid)), { mode: 0o600 });
      return known(folder);
    } catch (error) {
      reason = `${showPath(place)}: ${error instanceof Error && 'code' in error ? error.code : error}`;
    }
  }
  return unknown(reason);
}

/** The folder stays, whatever becomes of this process. */
export function disown(folder: string): void {
  rmSync(join(folder, MARKER), { force: true });
}

/** Left free for others: 64 MiB. */
const HEADROOM_BYTES: Bytes = 64 * 2 ** 20;

/** The bytes that may be written, or a sentence. */
export function roomForArena(bytes: Bytes, folder: string): Known<Bytes> {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes + HEADROOM_BYTES) return known(free);
  return unknown(
    `there is no room for a private copy: it takes ${formatBytes(bytes)}, ${formatBytes(HEADROOM_BYTES)} are to stay free for others, and ${formatBytes(free)} are free on that file system`,
  );
}

/** Removes the arenas in these folders whose run has ended without removing them. @returns their paths */
export function removeAbandoned(places: readonly string[]): string[] {
  return [...new Set(places)].flatMap(foldersIn).filter((folder) => {
    if (!isAbandoned(folder)) return false;
    rmSync(folder, { recursive: true, force: true });
    return true;
  });
}

function foldersIn(place: string): string[] {
  try {
    return readdirSync(place)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => join(place, name));
  } catch {
    return [];
  }
}

/** Only if the marker is there, the folder is ours, and its process cannot be alive. */
function isAbandoned(folder: string): boolean {
  try {
    if (statSync(folder).uid !== process.getuid?.()) return false;
    const owner = readOwner(folder);
    if (owner === null || owner.host !== hostname()) return false;
    const now = ownerOf(owner.pid);
    if (owner.boot === null || now.boot === null) return false;
    // the machine was started again since, and nothing of then is alive
    if (owner.boot !== now.boot) return true;
    return owner.pidNamespace === now.pidNamespace && owner.started !== null && owner.started !== now.started;
  } catch {
    return false;
  }
}

function readOwner(folder: string): Owner | null {
  return parseOwner(readFileSync(join(folder, MARKER), 'utf8'));
}

function parseOwner(text: string): Owner | null {
  const owner: unknown = JSON.parse(text);
  return isOwner(owner) ? owner : null;
}

/** For what cannot have a marker beside it: our tables in the database of somebody else. */
export function ownerText(pid: Pid): string {
  return JSON.stringify(ownerOf(pid));
}

/** @returns the pid of the owner if that very process is alive, on this machine; `null`: not that we know */
export function livingOwner(text: string): Pid | null {
  const owner = parseOwner(text);
  if (owner === null || owner.host !== hostname()) return null;
  const now = ownerOf(owner.pid);
  const isSame = owner.boot === now.boot && owner.pidNamespace === now.pidNamespace;
  return isSame && owner.started !== null && owner.started === now.started ? owner.pid : null;
}

function isOwner(value: unknown): value is Owner {
  return typeof value === 'object' && value !== null && 'schema' in value && value.schema === MARKER_SCHEMA;
}

function ownerOf(pid: Pid): Owner {
  return {
    ...{ schema: MARKER_SCHEMA, pid, host: hostname() },
    started: orNull(() => startOf(pid)),
    boot: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orNull(() => readlinkSync('/proc/self/ns/pid')),
  };
}

/** The command may contain anything, parentheses too: fields are counted from the last one. */
function startOf(pid: Pid): string | null {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
