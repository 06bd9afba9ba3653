/** Evidence as a healthy live database gives it, to be bent one field at a time by the tests of pure verdicts. */
import type { Evidence, Sample } from '../../src/doctor/shapes.js';
import type {
  AttachedProcess,
  HeldLock,
  KernelSample,
  LockName,
  ProcessSighting,
} from '../../src/locks/shapes.js';
import type { DatabaseHeader, FileState, WalIndex } from '../../src/sqlite/shapes.js';

export const T0 = Date.UTC(2026, 10, 20, 3, 0, 0);
const GIB = 2 ** 30;

export function fileState(path: string, overrides: Partial<FileState> = {}): FileState {
  return {
    path,
    device: 'fe:00',
    inode: String(1000 + path.length),
    bytes: 40_960,
    allocatedBytes: 40_960,
    links: 1,
    mode: 0o644,
    uid: 1000,
    gid: 1000,
    modifiedAtMs: T0 - 1000,
    bornAtMs: T0 - 60_000,
    ...overrides,
  };
}

export function header(overrides: Partial<DatabaseHeader> = {}): DatabaseHeader {
  return {
    pageBytes: 4096,
    writeVersion: 2,
    readVersion: 2,
    journalMode: 'wal',
    reservedBytes: 0,
    changeCounter: 2,
    pageCount: 10,
    pageCountValid: true,
    freelistPages: 0,
    schemaCookie: 1,
    schemaFormat: 4,
    autoVacuum: 'none',
    textEncoding: 'utf-8',
    userVersion: 0,
    applicationId: 0,
    sqliteVersionNumber: 3_053_002,
    ...overrides,
  };
}

export function rollbackHeader(overrides: Partial<DatabaseHeader> = {}): DatabaseHeader {
  return header({ journalMode: 'rollback', writeVersion: 1, readVersion: 1, ...overrides });
}

export function walIndex(overrides: Partial<WalIndex> = {}): WalIndex {
  return {
    changeCount: 10,
    pageBytes: 4096,
    mxFrame: 20,
    nPage: 10,
    frameChecksum: [1, 2],
    salts: '00112233aabbccdd',
    nBackfill: 0,
    nBackfillAttempted: 0,
    readMarks: [0, 20, null, null, null],
    ...overrides,
  };
}

const FIRST_BYTE: Readonly<Record<LockName, number>> = {
  PENDING: 1073741824,
  RESERVED: 1073741825,
  SHARED: 1073741826,
  WRITE: 120,
  CKPT: 121,
  RECOVER: 122,
  READ0: 123,
  READ1: 124,
  READ2: 125,
  READ3: 126,
  READ4: 127,
  DMS: 128,
};

/** One lock of one name, as the kernel lists it. */
export function lock(pid: number, mode: HeldLock['mode'], name: LockName): HeldLock {
  const firstByte = FIRST_BYTE[name];
  return {
    pid,
    mode,
    file: firstByte > 1000 ? 'database' : 'shm',
    names: [name],
    firstByte,
    lastByte: name === 'SHARED' ? firstByte + 509 : firstByte,
  };
}

/** The two locks of a process that has a WAL database open and does nothing. */
export function attachedLocks(pid: number): HeldLock[] {
  return [lock(pid, 'READ', 'SHARED'), lock(pid, 'READ', 'DMS')];
}

export function sighting(pid: number, overrides: Partial<ProcessSighting> = {}): ProcessSighting {
  const descriptor = (fd: number, file: 'database' | 'wal' | 'shm', path: string) => {
    const { device, inode } = fileState(path);
    return { fd, file, current: true, identity: { device, inode } } as const;
  };
  return {
    pid,
    state: 'S',
    descriptors: [
      descriptor(3, 'database', '/data/app.db'),
      descriptor(4, 'wal', '/data/app.db-wal'),
      descriptor(5, 'shm', '/data/app.db-shm'),
    ],
    mapsShm: true,
    ...overrides,
  };
}

export function attachedProcess(pid: number, overrides: Partial<AttachedProcess> = {}): AttachedProcess {
  return {
    pid,
    parentPid: 1,
    user: { known: true, value: { uid: 1000, name: 'app' } },
    command: { known: true, value: ['/usr/bin/python3', 'worker.py'] },
    executable: { known: true, value: '/usr/bin/python3' },
    startedAtMs: { known: true, value: T0 - 60_000 },
    sqliteLibraries: {
      known: true,
      value: [{ path: '/usr/lib/libsqlite3.so.0', linkage: 'shared', version: '3.53.2', sourceId: null }],
    },
    ...overrides,
  };
}

export function kernel(locks: HeldLock[], overrides: Partial<KernelSample> = {}): KernelSample {
  const pids = [...new Set(locks.map((held) => held.pid))];
  return {
    locks,
    locksView: { complete: true },
    processes: pids.map((pid) => sighting(pid)),
    processesView: { complete: true },
    ...overrides,
  };
}

/** A WAL database that pid 4121 has open. */
export function walSample(overrides: Partial<Sample> = {}): Sample {
  return {
    atMs: T0,
    database: fileState('/data/app.db'),
    header: header(),
    wal: {
      file: fileState('/data/app.db-wal', { bytes: 32 + 20 * 4120 }),
      content: {
        kind: 'header',
        header: {
          checksumOrder: 'little-endian',
          pageBytes: 4096,
          checkpointSequence: 0,
          salts: '00112233aabbccdd',
          checksum: [1, 2],
        },
      },
    },
    walIndex: {
      file: fileState('/data/app.db-shm', { bytes: 32_768 }),
      content: { kind: 'index', index: walIndex() },
    },
    journal: null,
    kernel: kernel(attachedLocks(4121)),
    ...overrides,
  };
}

/** A rollback-mode database that nobody has open. */
export function rollbackSample(overrides: Partial<Sample> = {}): Sample {
  return walSample({ header: rollbackHeader(), wal: null, walIndex: null, kernel: kernel([]), ...overrides });
}

/** One sample, or two 250 ms apart if a second is given. */
export function evidence(first: Sample, second?: Sample, overrides: Partial<Evidence> = {}): Evidence {
  const samples = second ? [first, { ...second, atMs: first.atMs + 250 }] : [first];
  const pids = new Set(samples.flatMap((sample) => sample.kernel.processes.map((process) => process.pid)));
  return {
    schema: 'dblock.evidence/1',
    path: '/data/app.db',
    platform: 'linux',
    folder: fileState('/data', { mode: 0o755 }),
    samples,
    processes: [...pids].map((pid) => attachedProcess(pid)),
    fileSystem: {
      known: true,
      value: {
        type: 'ext4',
        mountPoint: '/',
        source: '/dev/vda',
        device: 'fe:00',
        options: ['rw'],
        freeBytes: 50 * GIB,
        totalBytes: 100 * GIB,
      },
    },
    overlays: [],
    walScan:
      first.wal === null
        ? null
        : {
            known: true,
            value: {
              committedFrames: 20,
              validFrames: 20,
              databasePages: 10,
              verifiedBy: 'wal-index',
              pageOne: null,
            },
          },
    dotfileLock: null,
    schemaObjects: { known: true, value: [] },
    schemaFacts: { known: true, value: { foreignKeys: [], claims: [], leftOut: [] } },
    deep: null,
    declared: {},
    ...overrides,
  };
}

/** A healthy live WAL database, sampled twice. */
export function healthyEvidence(overrides: Partial<Evidence> = {}): Evidence {
  return evidence(walSample(), walSample(), overrides);
}
