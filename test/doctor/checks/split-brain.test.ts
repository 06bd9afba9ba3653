import { describe, expect, it } from 'vitest';
import { splitBrain } from '../../../src/doctor/checks/split-brain.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import { known } from '../../../src/known.js';
import type { Descriptor, ProcessSighting } from '../../../src/locks/shapes.js';
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

/** A process for which the files of these names are no longer the ones it has open. */
function outsider(...stale: Descriptor['file'][]): ProcessSighting {
  const { descriptors } = sighting(4121);
  return sighting(4121, {
    descriptors: descriptors.map((own) => ({ ...own, current: !stale.includes(own.file) })),
    mapsShm: !stale.includes('shm'),
  });
}

function seen(process: ProcessSighting): Sample {
  return walSample({ kernel: kernel([], { processes: [process] }) });
}

function twice(sample: Sample): Evidence {
  return evidence(sample, sample);
}

describe('split-brain', () => {
  it('finds a process that writes into a deleted WAL, and says how to rescue what it committed', () => {
    const finding = findingOf(splitBrain, twice(seen(outsider('wal', 'shm'))));
    expect(finding.severity).toBe('critical');
    expect(finding.facts).toMatchObject({
      processes: [
        {
          pid: 4121,
          stale: [
            { fd: 4, file: 'wal' },
            { fd: 5, file: 'shm' },
          ],
          databaseFd: 3,
          walFd: 4,
        },
      ],
    });
    expect(finding.summary).toContain(
      'python3 worker.py (pid 4121) has 2 files open that were deleted or replaced, or belong to another name of the database: -wal (descriptor 4), -shm (descriptor 5). What it commits goes into a WAL that others do not see',
    );
    expect(finding.remedy.commands).toEqual([
      'kill -STOP 4121',
      'cp /proc/4121/fd/3 rescued-4121.db',
      'cp /proc/4121/fd/4 rescued-4121.db-wal',
      "sqlite3 rescued-4121.db 'PRAGMA integrity_check;'",
    ]);
  });

  it('finds a process whose database was replaced, and copies the file that it still has', () => {
    const { descriptors, ...rest } = outsider('database');
    const [database, ...others] = descriptors;
    if (!database) throw new Error('a database descriptor');
    const reopened = { ...database, fd: 9, current: true };
    const finding = findingOf(
      splitBrain,
      twice(seen({ ...rest, descriptors: [reopened, database, ...others] })),
    );
    expect(finding.facts).toMatchObject({
      processes: [{ pid: 4121, stale: [{ fd: 3 }], databaseFd: 3, walFd: 4 }],
    });
    expect(finding.summary).toContain('1 file open that was deleted or replaced, or belongs');
    expect(finding.summary).toContain('database (descriptor 3). It shares the -wal with whoever has the new');
  });

  it('says what a deleted -shm alone means: the commits are in the WAL, but both sides write there', () => {
    const { summary } = findingOf(splitBrain, twice(seen(outsider('shm'))));
    expect(summary).toContain('both sides may write over what the other has committed');
    expect(summary).not.toContain('gone when it ends');
  });

  it('is clear for a program without SQLite that reads an old file, unless it holds a lock', () => {
    const processes = [attachedProcess(4121, { sqliteLibraries: known([]) })];
    expect(verdictOf(splitBrain, { ...twice(seen(outsider('database'))), processes })).toBe('clear');
    const locking = walSample({
      kernel: kernel([lock(4121, 'READ', 'SHARED')], { processes: [outsider('database')] }),
    });
    expect(verdictOf(splitBrain, { ...twice(locking), processes })).toBe('found: critical');
  });

  it('finds a process that uses this -shm with another database file', () => {
    const { descriptors } = sighting(4121);
    const sidecars = descriptors.filter(({ file }) => file !== 'database');
    const finding = findingOf(splitBrain, twice(seen(sighting(4121, { descriptors: sidecars }))));
    expect(finding.summary).toContain('python3 worker.py (pid 4121) uses the -wal and -shm of this database');
    expect(finding.remedy.commands).toEqual(['ls -l /proc/4121/fd']);
    const copier = sighting(4121, { descriptors: sidecars, mapsShm: false });
    expect(verdictOf(splitBrain, twice(seen(copier)))).toBe('clear');
  });

  it('is clear for files that a last close just deleted: the second sample no longer has them', () => {
    const leaving = seen(outsider('wal', 'shm'));
    expect(verdictOf(splitBrain, evidence(leaving, walSample()))).toBe('clear');
    expect(verdictOf(splitBrain, evidence(walSample(), leaving))).toBe('clear');
    const { descriptors } = outsider('wal', 'shm');
    const again = descriptors.map((own) => ({ ...own, identity: { ...own.identity, inode: '77' } }));
    expect(verdictOf(splitBrain, evidence(leaving, seen({ ...outsider('wal'), descriptors: again })))).toBe(
      'clear',
    );
  });

  it('is clear for a deleted journal, which is how every transaction ends', () => {
    const journal: Descriptor = {
      fd: 6,
      file: 'journal',
      current: false,
      identity: { device: 'fe:00', inode: '9' },
    };
    const { descriptors } = sighting(4121);
    const writer = seen(sighting(4121, { descriptors: [...descriptors, journal] }));
    expect(verdictOf(splitBrain, twice(writer))).toBe('clear');
    expect(verdictOf(splitBrain, healthyEvidence())).toBe('clear');
  });

  it('is skipped if processes may be hidden, and inapplicable without anybody', () => {
    const hidden = walSample({ kernel: { ...kernel(attachedLocks(4121)), processesView: HIDDEN } });
    expect(verdictOf(splitBrain, twice(hidden))).toBe(`skipped: ${HIDDEN.reason}`);
    const nobody = rollbackSample({ kernel: kernel([], { processesView: HIDDEN }) });
    expect(verdictOf(splitBrain, evidence(nobody))).toBe(`skipped: ${HIDDEN.reason}`);
    expect(verdictOf(splitBrain, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
    expect(verdictOf(splitBrain, evidence(seen(outsider('wal'))))).toMatch(
      /^skipped: there is only one sample/,
    );
  });
});
