/** Every situation is what its name says: told by the kernel and the bytes, not by dblock. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { processState } from './actor-process.js';
import { descriptorsOf, firstBytes, headerFacts, heldLocks, indexFacts, openNames } from './facts.js';
import type { Situation, Staged } from './situations/index.js';

const ATTACHED = ['SHARED read', 'DMS read'];
const MIB = 2 ** 20;
const WAL_MAGIC = '377f0682';
const JOURNAL_MAGIC = 'd9d505f920a163d7';

const hex = (path: string, count: number) => firstBytes(path, count).toString('hex');
const walPageBytes = (database: string) => firstBytes(`${database}-wal`, 12).readUInt32BE(8);
/** Bytes 16–23 of the WAL are, unchanged, bytes 32–39 of the index (sqlite-locking.md, "File layouts"). */
const walSalts = (database: string) => firstBytes(`${database}-wal`, 24).subarray(16).toString('hex');
const indexSalts = (database: string) => firstBytes(`${database}-shm`, 40).subarray(32).toString('hex');

function locksOf({ database, actors }: Staged, role: string): string[] {
  return heldLocks(pidOf(actors, role), database);
}

function pidOf(actors: Staged['actors'], role: string): number {
  const actor = actors[role];
  if (!actor) throw new Error(`no actor plays ${role}`);
  return actor.pid;
}

function expectNobody({ database, actors }: Staged): void {
  expect(actors).toEqual({});
  expect(existsSync(`${database}-journal`)).toBe(false);
}

function expectClosed(staged: Staged, mode: 'rollback' | 'wal'): void {
  expectNobody(staged);
  expect(headerFacts(staged.database).mode).toBe(mode);
  for (const suffix of ['-wal', '-shm']) expect(existsSync(`${staged.database}${suffix}`)).toBe(false);
}

function expectWalWithoutIndex(staged: Staged): void {
  expectNobody(staged);
  expect(hex(`${staged.database}-wal`, 4)).toBe(WAL_MAGIC);
  expect(existsSync(`${staged.database}-shm`)).toBe(false);
}

/** Different owners that Delayed::Job's claims name somewhere in a file. */
function claimsIn(file: string): number {
  return new Set(readFileSync(file, 'latin1').match(/host:\S+ pid:\d+/g)).size;
}

/** The reader of the situation is on slot k, at a mark far behind the last frame, and nothing after it is copied. */
const readerOnSlot = (slot: number) => (staged: Staged) => {
  expect(locksOf(staged, 'reader')).toEqual(['SHARED read', `READ${slot} read`, 'DMS read']);
  expect(locksOf(staged, 'writer')).toEqual(ATTACHED);
  const mark = slot * 10;
  const { mxFrame, nBackfill, marks } = indexFacts(staged.database);
  expect({ mxFrame, nBackfill, mark: marks[slot] }).toEqual({ mxFrame: mark + 1_200, nBackfill: mark, mark });
};

const lockFacts: Readonly<Record<string, (staged: Staged) => void>> = {
  'writer-holding': (staged) => {
    expect(locksOf(staged, 'writer')).toEqual(['SHARED read', 'WRITE write', 'READ1 read', 'DMS read']);
  },
  'writer-holding-rollback': (staged) => {
    expect(locksOf(staged, 'writer')).toEqual(['RESERVED write', 'SHARED read']);
  },
  'stopped-writer': (staged) => {
    expect(locksOf(staged, 'writer')).toContain('WRITE write');
    expect(processState(pidOf(staged.actors, 'writer'))).toBe('T');
  },
  'stopped-writer-rollback': (staged) => {
    expect(locksOf(staged, 'writer')).toContain('RESERVED write');
    expect(processState(pidOf(staged.actors, 'writer'))).toBe('T');
  },
  'reader-pins-slot-1': readerOnSlot(1),
  'reader-pins-slot-2': readerOnSlot(2),
  'reader-pins-slot-3': readerOnSlot(3),
  'reader-pins-slot-4': readerOnSlot(4),
  'reader-pins-all-slots': (staged) => {
    for (const slot of [1, 2, 3, 4]) expect(locksOf(staged, `reader${slot}`)).toContain(`READ${slot} read`);
    expect(indexFacts(staged.database)).toEqual({ mxFrame: 50, nBackfill: 0, marks: [0, 10, 20, 30, 40] });
  },
  'read0-pin': (staged) => {
    expect(locksOf(staged, 'reader')).toEqual(['SHARED read', 'READ0 read', 'DMS read']);
    expect(indexFacts(staged.database)).toMatchObject({ mxFrame: 1_200, nBackfill: 0 });
  },
  'wal-starved': (staged) => {
    for (const role of ['reader1', 'reader2']) expect(locksOf(staged, role)).toContain('READ1 read');
    const { mxFrame, nBackfill, marks } = indexFacts(staged.database);
    expect([mxFrame, nBackfill, marks[1]]).toEqual([2_500, 2_500, 2_500]);
  },
  'checkpoint-absent': (staged) => {
    expect(locksOf(staged, 'writer')).toEqual(ATTACHED);
    expect(indexFacts(staged.database)).toMatchObject({ mxFrame: 5_500, nBackfill: 0 });
  },
  'wal-oversized': (staged) => {
    expect(locksOf(staged, 'writer')).toEqual(ATTACHED);
    expect(statSync(`${staged.database}-wal`).size).toBeGreaterThan(64 * MIB);
    expect(indexFacts(staged.database)).toMatchObject({ mxFrame: 17_000, nBackfill: 17_000 });
  },
  'commit-waits-for-readers': (staged) => {
    expect(locksOf(staged, 'writer')).toEqual(['PENDING write', 'RESERVED write', 'SHARED read']);
    expect(locksOf(staged, 'reader')).toEqual(['SHARED read']);
  },
  'exclusive-locking-rollback': (staged) => {
    expect(locksOf(staged, 'owner')).toEqual(['PENDING write', 'RESERVED write', 'SHARED write']);
    // The transaction is over: its journal is kept, with a header of zeros.
    expect(hex(`${staged.database}-journal`, 8)).toBe('00'.repeat(8));
  },
  'exclusive-locking-wal': (staged) => {
    // 3.40.1 also keeps PENDING.
    expect(locksOf(staged, 'owner')).toContain('SHARED write');
    expect(existsSync(`${staged.database}-shm`)).toBe(false);
    expect(hex(`${staged.database}-wal`, 4)).toBe(WAL_MAGIC);
  },
  'lost-locks-database': (staged) => expect(locksOf(staged, 'careless')).toEqual(['DMS read']),
  'lost-locks-shm': (staged) => {
    const { database, actors } = staged;
    expect(locksOf(staged, 'careless')).toEqual(['SHARED read']);
    expect(descriptorsOf(pidOf(actors, 'careless'), `${database}-shm`)).not.toEqual([]);
  },
  'fork-shared-connection': (staged) => {
    const { database, actors, expected } = staged;
    const parent = pidOf(actors, 'parent');
    const child = expected.pids['fork-shared-connection']?.find((pid) => pid !== parent) ?? 0;
    expect(locksOf(staged, 'parent')).toEqual(ATTACHED);
    expect(heldLocks(child, database)).toEqual([]);
    expect(descriptorsOf(child, database)).toEqual(descriptorsOf(parent, database));
  },
  'rollback-several-processes': ({ database, actors }) => {
    expect(headerFacts(database).mode).toBe('rollback');
    for (const { pid } of Object.values(actors)) {
      expect(heldLocks(pid, database)).toEqual([]);
      expect(descriptorsOf(pid, database)).toHaveLength(1);
    }
  },
  'split-brain-replaced': ({ database, actors }) => {
    const orphan = pidOf(actors, 'orphan');
    expect(openNames(orphan)).toContain(`${database} (deleted)`);
    expect(descriptorsOf(orphan, `${database}-shm`)).toHaveLength(1);
  },
  'split-brain-replaced-rollback': ({ database, actors }) => {
    expect(openNames(pidOf(actors, 'orphan'))).toContain(`${database} (deleted)`);
  },
  'split-brain-unlinked': (staged) => {
    const { database, actors } = staged;
    const names = openNames(pidOf(actors, 'orphan'));
    expect(names).toEqual(expect.arrayContaining([`${database}-wal (deleted)`, `${database}-shm (deleted)`]));
    expect(locksOf(staged, 'other')).toEqual(ATTACHED);
  },
};

const fileFacts: Readonly<Record<string, (staged: Staged) => void>> = {
  'hot-journal': (staged) => {
    expect(staged.actors).toEqual({});
    expect(hex(`${staged.database}-journal`, 8)).toBe(JOURNAL_MAGIC);
  },
  'leftover-wal': (staged) => {
    expectNobody(staged);
    expect(indexFacts(staged.database)).toMatchObject({ mxFrame: 5, nBackfill: 0 });
    expect(walSalts(staged.database)).toBe(indexSalts(staged.database));
  },
  'leftover-wal-without-shm': expectWalWithoutIndex,
  'foreign-wal-beside-rollback': (staged) => {
    expectWalWithoutIndex(staged);
    expect(headerFacts(staged.database).mode).toBe('rollback');
  },
  'foreign-wal-page-size': (staged) => {
    expectWalWithoutIndex(staged);
    const { mode, pageBytes } = headerFacts(staged.database);
    expect([mode, pageBytes, walPageBytes(staged.database)]).toEqual(['wal', 4096, 8192]);
  },
  'foreign-wal-beside-empty': (staged) => {
    expectWalWithoutIndex(staged);
    expect(statSync(staged.database).size).toBe(0);
  },
  'foreign-wal-salts': (staged) => {
    expect(locksOf(staged, 'owner')).toEqual(ATTACHED);
    expect(walSalts(staged.database)).not.toBe(indexSalts(staged.database));
    expect(indexFacts(staged.database).mxFrame).toBe(5);
  },
  'clean-wal': (staged) => {
    expect(locksOf(staged, 'worker')).toEqual(ATTACHED);
    expect(indexFacts(staged.database)).toMatchObject({ mxFrame: 20, nBackfill: 0 });
  },
  'clean-wal-closed': (staged) => expectClosed(staged, 'wal'),
  'clean-wal-opened': (staged) => {
    const { database } = staged;
    expect(locksOf(staged, 'worker')).toEqual(ATTACHED);
    expect(statSync(`${database}-wal`).size).toBe(0);
    // isInit is set, and szPage is 0: wal.c, walIndexRecover on an empty WAL.
    expect(hex(`${database}-shm`, 16).slice(24)).toMatch(/^01..0000$/);
    expect(indexFacts(database)).toMatchObject({ mxFrame: 0, nBackfill: 0 });
  },
  'clean-rollback': (staged) => expectClosed(staged, 'rollback'),
  'clean-rollback-live': ({ database, actors }) => {
    expect(headerFacts(database).mode).toBe('rollback');
    expect(descriptorsOf(pidOf(actors, 'worker'), database)).toHaveLength(1);
  },
  'clean-wal-writing': (staged) => {
    expect(locksOf(staged, 'worker')).toEqual(expect.arrayContaining(ATTACHED));
  },
  'hard-links': ({ database }) => expect(statSync(database).nlink).toBe(2),
  'sidecar-permissions-mode': ({ database }) => {
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(`${database}${suffix}`).mode & 0o777);
    expect(modes).toEqual([0o664, 0o600, 0o600]);
  },
  'sidecar-permissions-owner': ({ database }) => {
    const owners = [dirname(database), database, `${database}-wal`, `${database}-shm`];
    expect(owners.map((path) => statSync(path).uid)).toEqual([1000, 1000, 0, 0]);
  },
  'page-size-512': ({ database }) => {
    expect([headerFacts(database).pageBytes, walPageBytes(database)]).toEqual([512, 512]);
  },
  'page-size-65536': ({ database }) => {
    expect([headerFacts(database).pageBytes, walPageBytes(database)]).toEqual([65_536, 65_536]);
  },
  freelist: (staged) => {
    expectClosed(staged, 'wal');
    const { pages, freePages, pageBytes } = headerFacts(staged.database);
    expect(freePages / pages).toBeGreaterThan(0.25);
    expect(freePages * pageBytes).toBeGreaterThan(4 * MIB);
  },
  'freelist-in-wal': ({ database }) => {
    expect(headerFacts(database).freePages).toBe(0);
    expect(indexFacts(database).mxFrame).toBeGreaterThan(0);
  },
  'foreign-key-without-index': (staged) => {
    expectClosed(staged, 'rollback');
    expect(readFileSync(staged.database, 'latin1').match(/REFERENCES customers/g)).toHaveLength(3);
  },
  'queue-claim-scan': (staged) => {
    expectClosed(staged, 'rollback');
    expect(readFileSync(staged.database, 'latin1')).not.toContain('CREATE INDEX');
  },
  'dotfile-lock-held': (staged) => {
    expect(statSync(`${staged.database}.lock`).isDirectory()).toBe(true);
    expect(locksOf(staged, 'writer')).toEqual([]);
  },
  'dotfile-lock-left-behind': (staged) => {
    expect(staged.actors).toEqual({});
    expect(statSync(`${staged.database}.lock`).isDirectory()).toBe(true);
  },
  'dotfile-lock-beside-ordinary': (staged) => {
    expect(statSync(`${staged.database}.lock`).isDirectory()).toBe(true);
    expect(locksOf(staged, 'writer')).toEqual([]);
    expect(locksOf(staged, 'other')).toEqual(['RESERVED write', 'SHARED read']);
  },
  'orphaned-job-beside-live-worker': (staged) => {
    expect(locksOf(staged, 'one')).toEqual(ATTACHED);
    expect(claimsIn(`${staged.database}-wal`)).toBe(2);
  },
  'orphaned-jobs-of-everybody': (staged) => {
    expectNobody(staged);
    expect(claimsIn(staged.database)).toBe(2);
  },
  'jobs-of-live-workers': (staged) => {
    for (const worker of ['one', 'other']) expect(locksOf(staged, worker)).toEqual(ATTACHED);
    expect(claimsIn(`${staged.database}-wal`)).toBe(2);
  },
  'auto-vacuum-full': ({ database }) => expect(headerFacts(database).autoVacuum).toBe(true),
};

/** @throws where something else is true of it than its name says */
export function expectFacts({ name }: Situation, staged: Staged): void {
  const family = name.replace(/-(python|node)$/, '');
  const expectThem = lockFacts[family] ?? fileFacts[family];
  if (!expectThem) throw new Error(`nothing says what ${family} looks like`);
  expectThem(staged);
}
