import { describe, expect, it } from 'vitest';
import { checks } from '../../src/doctor/checks/index.js';
import { everyName, findPage, primaryOf } from '../../src/explain/lookup.js';
import { allPages } from '../../src/explain/pages.js';
import { stacks } from '../../src/explain/stacks.js';
import { scenarios } from '../../src/stress/scenarios/index.js';

const pages = allPages(checks, scenarios);
const find = (query: string) => findPage(query, pages)?.id ?? null;

describe('a name', () => {
  it.each([
    ['517', 'SQLITE_BUSY_SNAPSHOT'],
    ['SQLITE_BUSY_SNAPSHOT', 'SQLITE_BUSY_SNAPSHOT'],
    ['BUSY_SNAPSHOT', 'SQLITE_BUSY_SNAPSHOT'],
    ['busy snapshot', 'SQLITE_BUSY_SNAPSHOT'],
    ['Busy-Snapshot', 'SQLITE_BUSY_SNAPSHOT'],
    ['5', 'SQLITE_BUSY'],
    ['busy', 'SQLITE_BUSY'],
    ['10', 'disk I/O error'],
    ['sqlite_ioerr', 'disk I/O error'],
    ['3850', 'SQLITE_IOERR_LOCK'],
    ['WRITE', 'WRITE'],
    ['write lock', 'WRITE'],
    ['WAL_WRITE_LOCK', 'WRITE'],
    ['120', 'WRITE'],
    ['read3', 'READ1-READ4'],
    ['READ0', 'READ0'],
    ['1073741824', 'PENDING'],
    ['Exclusive', 'EXCLUSIVE'],
    ['write-lock-held', 'write-lock-held'],
    ['write lock held', 'write-lock-held'],
    ['  LEFTOVER_WAL ', 'leftover-wal'],
    ['database is locked', 'database is locked'],
    ['"Database is locked."', 'database is locked'],
    ['locking protocol', 'SQLITE_PROTOCOL'],
    ['disk i/o error', 'disk I/O error'],
    ['file is not a database', 'SQLITE_NOTADB'],
    ['database disk image is malformed', 'SQLITE_CORRUPT'],
    ['attempt to write a readonly database', 'attempt to write a readonly database'],
  ])('%s leads to %s', (query, id) => {
    expect(find(query)).toBe(id);
  });

  it.each(['', ' ', 'banana', 'lock', '518x', '99999', 'SQLITE_CONSTRAINT', '19'])(
    '%j leads nowhere',
    (query) => {
      expect(find(query)).toBeNull();
    },
  );
});

describe('a line of a log', () => {
  it.each(stacks.map(({ name, log }) => [name, log]))('%s: %s', (_, log) => {
    expect(find(`2026-11-20 03:12:44 ERROR worker-3: ${log}`)).toBe('database is locked');
  });

  it.each([
    ['error returned from database: (code: 517) database is locked', 'SQLITE_BUSY_SNAPSHOT'],
    ['claim job: database is locked (261)', 'SQLITE_BUSY_RECOVERY'],
    ['SQLSTATE[HY000]: General error: 517 database is locked', 'SQLITE_BUSY_SNAPSHOT'],
    ["SqliteError: database is locked { code: 'SQLITE_BUSY_SNAPSHOT' }", 'SQLITE_BUSY_SNAPSHOT'],
    [
      '[SQLITE_BUSY_SNAPSHOT] Another database connection has already written (database is locked)',
      'SQLITE_BUSY_SNAPSHOT',
    ],
    ['app.py:517 sqlite3.OperationalError: database is locked', 'database is locked'],
    ['took 517 ms: database is locked', 'database is locked'],
    ['db error SQLITE_BUSY while claiming', 'SQLITE_BUSY'],
    ['sqlite3.OperationalError: database table is locked: jobs', 'SQLITE_LOCKED_SHAREDCACHE'],
    ['sqlite3.OperationalError: database table is locked', 'database table is locked'],
    ['database schema is locked: main', 'SQLITE_LOCKED_SHAREDCACHE'],
    ['sqlite3.OperationalError: database queue is locked', 'database is locked'],
    ['cannot commit transaction - SQL statements in progress', 'SQLITE_BUSY'],
    ['SQLITE_CANTOPEN: unable to open database file', 'SQLITE_CANTOPEN'],
    ['sqlite3.OperationalError: disk I/O error', 'disk I/O error'],
    ['DatabaseError: disk I/O error (extended error code 4874)', 'SQLITE_IOERR_SHMSIZE'],
    [
      'django.db.utils.OperationalError: attempt to write a readonly database',
      'attempt to write a readonly database',
    ],
    ['pymongo.errors: connection refused', null],
    ['HTTP error 517', null],
    ['error code: 5', null],
  ])('%s leads to %s', (line, id) => {
    expect(find(line)).toBe(id);
  });

  it('may have several lines', () => {
    expect(
      find(
        'Traceback (most recent call last):\n  File "a.py", line 6\nsqlite3.OperationalError: locking protocol',
      ),
    ).toBe('SQLITE_PROTOCOL');
  });
});

describe('what is not found', () => {
  it('is near to something', () => {
    expect(everyName(pages)).toEqual(expect.arrayContaining(['BUSY_SNAPSHOT', 'WRITE', 'write-lock-held']));
    expect(everyName(pages)).not.toContain('517');
  });

  it.each([
    ['266', '10'],
    ['1299', null],
    ['5', null],
    ['abc', null],
  ])('%s is an extended code of %s', (query, primary) => {
    expect(primaryOf(query, pages)).toBe(primary);
  });
});
