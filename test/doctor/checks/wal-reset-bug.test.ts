import { describe, expect, it } from 'vitest';
import { walResetBug } from '../../../src/doctor/checks/wal-reset-bug.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import type { AttachedProcess, SqliteLibrary } from '../../../src/locks/shapes.js';
import {
  attachedLocks,
  attachedProcess,
  evidence,
  healthyEvidence,
  kernel,
  lock,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'processes of other users cannot be inspected' } as const;
const PATH = '/usr/lib/libsqlite3.so.0.8.6';

function library(version: string | null, path = PATH, sourceId: string | null = null): SqliteLibrary {
  return { path, linkage: 'shared', version, sourceId };
}

function using(pid: number, ...copies: SqliteLibrary[]): AttachedProcess {
  return attachedProcess(pid, { sqliteLibraries: { known: true, value: copies } });
}

function attached(processes: AttachedProcess[], overrides: Partial<Sample> = {}): Evidence {
  const locks = processes.flatMap(({ pid }) => attachedLocks(pid));
  return { ...evidence(walSample({ kernel: kernel(locks), ...overrides })), processes };
}

describe('wal-reset-bug', () => {
  it('warns if several processes are attached, and lists the library once with their pids', () => {
    const finding = findingOf(
      walResetBug,
      attached([using(4121, library('3.40.1')), using(4122, library('3.40.1'))]),
    );
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({
      connections: 2,
      affected: [{ path: PATH, version: '3.40.1', pids: [4121, 4122] }],
      unknownPids: [],
    });
    expect(finding.summary).toBe(
      `${PATH} is SQLite 3.40.1 (pids 4121, 4122), and at least 2 connections to this WAL database are open.`,
    );
    expect(finding.remedy.text).toContain('3.51.3');
  });

  it('only informs with one connection, and warns with two in one process', () => {
    expect(verdictOf(walResetBug, attached([using(4121, library('3.51.2'))]))).toBe('found: info');
    const { descriptors } = sighting(4121);
    const [database] = descriptors;
    if (!database) throw new Error('a database descriptor');
    const processes = [sighting(4121, { descriptors: [...descriptors, { ...database, fd: 9 }] })];
    const twice = { kernel: kernel(attachedLocks(4121), { processes }) };
    expect(verdictOf(walResetBug, attached([using(4121, library('3.51.2'))], twice))).toBe('found: warning');
  });

  it('finds one affected process among others, whatever is not known of them', () => {
    const mixed = [
      using(4121, library('3.53.2', '/app/better_sqlite3.node')),
      using(4122, library('3.46.0')),
      using(4123),
    ];
    const finding = findingOf(walResetBug, attached(mixed));
    expect(finding.facts).toMatchObject({
      affected: [{ version: '3.46.0', pids: [4122] }],
      unaffected: [{ version: '3.53.2', pids: [4121] }],
      unknownPids: [4123],
      connections: 3,
    });
  });

  it('tells by the source id where the version is not known', () => {
    const dated = library(
      null,
      '/app/tool',
      '2024-05-23 13:25:27 96c92aba00c8375bc32fafcdf12429c58bd8aabfcadab6683e35bbb9cdebf19e',
    );
    const finding = findingOf(walResetBug, attached([using(4121, dated)]));
    expect(finding.summary).toContain('/app/tool is a SQLite of 2024-05-23 (pid 4121)');
  });

  it('judges the copy that a program loaded, not the one that is built into it', () => {
    const node = (...copies: SqliteLibrary[]) => ({
      ...using(4121, ...copies),
      executable: { known: true as const, value: '/usr/bin/node' },
    });
    const builtIn = library('3.46.0', '/usr/bin/node');
    expect(verdictOf(walResetBug, attached([node(builtIn, library('3.53.2'))]))).toBe('clear');
    expect(verdictOf(walResetBug, attached([node(builtIn)]))).toBe('found: info');
  });

  it('is clear for versions with the fix', () => {
    expect(
      verdictOf(walResetBug, attached([using(4121, library('3.51.3')), using(4122, library('3.50.7'))])),
    ).toBe('clear');
    expect(verdictOf(walResetBug, healthyEvidence())).toBe('clear');
  });

  it('is skipped with the reason where no version can be had', () => {
    const denied = attachedProcess(4121, { sqliteLibraries: { known: false, reason: 'no permission' } });
    expect(verdictOf(walResetBug, attached([denied]))).toBe(
      'skipped: which SQLite python3 worker.py (pid 4121) uses is not known: no permission',
    );
    expect(verdictOf(walResetBug, attached([using(4121, library(null))]))).toMatch(
      /^skipped: .*no version was found/,
    );
    const hidden = { kernel: { ...kernel(attachedLocks(4121)), processesView: HIDDEN } };
    expect(verdictOf(walResetBug, attached([using(4121, library('3.53.2'))], hidden))).toBe(
      `skipped: ${HIDDEN.reason}`,
    );
  });

  it('is inapplicable outside WAL mode and without anybody', () => {
    const rollback = rollbackSample({ kernel: kernel([lock(4121, 'READ', 'SHARED')]) });
    expect(verdictOf(walResetBug, evidence(rollback))).toBe('inapplicable: the database is not in WAL mode');
    expect(verdictOf(walResetBug, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
