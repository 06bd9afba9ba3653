import { describe, expect, it } from 'vitest';
import { twoSqliteLibraries } from '../../../src/doctor/checks/two-sqlite-libraries.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import type { AttachedProcess, SqliteLibrary } from '../../../src/locks/shapes.js';
import {
  attachedLocks,
  attachedProcess,
  evidence,
  healthyEvidence,
  kernel,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'processes of other users cannot be inspected' } as const;
const SYSTEM: SqliteLibrary = {
  path: '/usr/lib/libsqlite3.so.0',
  linkage: 'shared',
  version: '3.40.1',
  sourceId: null,
};
const EXTENSION: SqliteLibrary = {
  path: '/app/apsw.so',
  linkage: 'static',
  version: null,
  sourceId: null,
};

function loaded(
  copies: SqliteLibrary[],
  overrides: Partial<AttachedProcess> = {},
  sample = walSample(),
): Evidence {
  const sqliteLibraries = { known: true as const, value: copies };
  return { ...evidence(sample), processes: [attachedProcess(4121, { sqliteLibraries, ...overrides })] };
}

describe('two-sqlite-libraries', () => {
  it('finds a process with two copies, and names both', () => {
    const finding = findingOf(twoSqliteLibraries, loaded([SYSTEM, EXTENSION]));
    expect(finding.severity).toBe('info');
    expect(finding.facts).toMatchObject({
      processes: [
        {
          pid: 4121,
          databaseDescriptors: 1,
          copies: [
            { path: SYSTEM.path, version: '3.40.1' },
            { path: EXTENSION.path, version: null },
          ],
        },
      ],
    });
    expect(finding.summary).toContain(
      'python3 worker.py (pid 4121) has loaded /usr/lib/libsqlite3.so.0 (3.40.1) and /app/apsw.so (version not known), and has the database open 1 time.',
    );
    expect(finding.remedy.text).toContain('only one of them');
  });

  it('warns if the process has the database open more than once', () => {
    const { descriptors } = sighting(4121);
    const [database] = descriptors;
    if (!database) throw new Error('a database descriptor');
    const processes = [sighting(4121, { descriptors: [...descriptors, { ...database, fd: 9 }] })];
    const sample = walSample({ kernel: kernel(attachedLocks(4121), { processes }) });
    expect(verdictOf(twoSqliteLibraries, loaded([SYSTEM, EXTENSION], {}, sample))).toBe('found: warning');
  });

  it('does not count a program that has a copy built in, as Node.js has', () => {
    const executable = { known: true as const, value: '/usr/bin/node' };
    const builtIn: SqliteLibrary = { ...EXTENSION, path: '/usr/bin/node' };
    expect(verdictOf(twoSqliteLibraries, loaded([builtIn, EXTENSION], { executable }))).toBe('clear');
    expect(verdictOf(twoSqliteLibraries, loaded([builtIn], { executable }))).toBe('clear');
    expect(verdictOf(twoSqliteLibraries, loaded([builtIn, EXTENSION, SYSTEM], { executable }))).toBe(
      'found: info',
    );
  });

  it('is clear for one copy in each process', () => {
    expect(verdictOf(twoSqliteLibraries, loaded([SYSTEM]))).toBe('clear');
    expect(verdictOf(twoSqliteLibraries, loaded([SYSTEM, SYSTEM]))).toBe('clear');
    expect(verdictOf(twoSqliteLibraries, healthyEvidence())).toBe('clear');
  });

  it('is skipped with the reason where libraries or processes cannot be seen, and inapplicable without anybody', () => {
    const sqliteLibraries = { known: false as const, reason: 'no permission' };
    expect(verdictOf(twoSqliteLibraries, loaded([], { sqliteLibraries }))).toMatch(
      /^skipped: .*pid 4121.*no permission/,
    );
    const hidden = walSample({ kernel: { ...kernel(attachedLocks(4121)), processesView: HIDDEN } });
    expect(verdictOf(twoSqliteLibraries, evidence(hidden))).toBe(`skipped: ${HIDDEN.reason}`);
    expect(verdictOf(twoSqliteLibraries, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });
});
