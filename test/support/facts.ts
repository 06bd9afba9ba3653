/**
 * What the kernel and the bytes say, read as simply as possible and apart from src/: so that a situation
 * is known to be what its name says before dblock is asked about it. Linux only.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';

/** Lock bytes by SQLite's names (sqlite-locking.md, "Lock bytes"). SHARED is the first of its 510. */
const DATABASE_BYTES = { PENDING: 0x40000000, RESERVED: 0x40000001, SHARED: 0x40000002 } as const;
const SHM_BYTES = {
  WRITE: 120,
  CKPT: 121,
  RECOVER: 122,
  READ0: 123,
  READ1: 124,
  READ2: 125,
  READ3: 126,
  READ4: 127,
  DMS: 128,
} as const;

interface Range {
  readonly mode: string;
  readonly first: number;
  readonly last: number;
}

/** The locks of a process on a database and its -shm: `['SHARED read', 'WRITE write', 'DMS read']`. */
export function heldLocks(pid: number, database: string): string[] {
  return [
    ...named(rangesOn(pid, database), DATABASE_BYTES),
    ...named(rangesOn(pid, `${database}-shm`), SHM_BYTES),
  ];
}

function named(ranges: readonly Range[], bytes: Readonly<Record<string, number>>): string[] {
  return Object.entries(bytes).flatMap(([name, byte]) =>
    ranges.filter(({ first, last }) => first <= byte && byte <= last).map(({ mode }) => `${name} ${mode}`),
  );
}

/** `lock:\t1: POSIX  ADVISORY  WRITE 21015 fe:00:2181353 120 120` under every descriptor of the file. */
function rangesOn(pid: number, path: string): Range[] {
  return descriptorsOf(pid, path).flatMap((fd) => {
    const lines = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8').matchAll(
      /^lock:.*ADVISORY\s+(READ|WRITE)\s+\d+\s+\S+\s+(\d+)\s+(\d+)$/gm,
    );
    return [...lines].map(([, mode = '', first, last]) => ({
      mode: mode.toLowerCase(),
      first: Number(first),
      last: Number(last),
    }));
  });
}

/** Descriptors that lead to the file that is now under this path. */
export function descriptorsOf(pid: number, path: string): string[] {
  const target = statSync(path, { throwIfNoEntry: false });
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    const open = statSync(`/proc/${pid}/fd/${fd}`, { throwIfNoEntry: false });
    return open !== undefined && open.dev === target?.dev && open.ino === target.ino;
  });
}

/** What the descriptors of a process are called: `/tmp/x/app.db-wal (deleted)`. */
export function openNames(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
}

export interface IndexFacts {
  readonly mxFrame: number;
  readonly nBackfill: number;
  readonly marks: readonly number[];
}

/** The WAL index, in this machine's byte order. Call it only while nobody writes. */
export function indexFacts(database: string): IndexFacts {
  const words = new Uint32Array(new Uint8Array(readFileSync(`${database}-shm`)).buffer, 0, 34);
  return { mxFrame: words[4] ?? -1, nBackfill: words[24] ?? -1, marks: [...words.slice(25, 30)] };
}

/** The first bytes of a file; fewer if it is shorter. */
export function firstBytes(path: string, count: number): Buffer {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(fd, bytes, 0, count, 0));
  } finally {
    closeSync(fd);
  }
}

export interface HeaderFacts {
  readonly pageBytes: number;
  readonly mode: 'rollback' | 'wal';
  readonly pages: number;
  readonly freePages: number;
  readonly autoVacuum: boolean;
}

export function headerFacts(database: string): HeaderFacts {
  const header = firstBytes(database, 100);
  const pageSize = header.readUInt16BE(16);
  return {
    pageBytes: pageSize === 1 ? 65_536 : pageSize,
    mode: header[18] === 2 && header[19] === 2 ? 'wal' : 'rollback',
    pages: header.readUInt32BE(28),
    freePages: header.readUInt32BE(36),
    autoVacuum: header.readUInt32BE(52) !== 0,
  };
}
