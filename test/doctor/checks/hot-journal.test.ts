import { describe, expect, it } from 'vitest';
import { hotJournal } from '../../../src/doctor/checks/hot-journal.js';
import type { Sample } from '../../../src/doctor/shapes.js';
import type { Descriptor, HeldLock } from '../../../src/locks/shapes.js';
import type { JournalState } from '../../../src/sqlite/shapes.js';
import {
  evidence,
  fileState,
  kernel,
  lock,
  rollbackSample,
  sighting,
  T0,
  walSample,
} from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

const JOURNAL = '/data/app.db-journal';

function journal(content: JournalState['content'], bytes = 8_720): JournalState {
  return { file: fileState(JOURNAL, { bytes, modifiedAtMs: T0 - 125_000 }), content };
}

const ACTIVE = journal({ kind: 'active' });

function interrupted(locks: HeldLock[] = [], overrides: Partial<Sample> = {}): Sample {
  return rollbackSample({ journal: ACTIVE, kernel: kernel(locks), ...overrides });
}

describe('hot-journal', () => {
  it('finds an active journal without a writer, and says how to roll it back', () => {
    const found = findingOf(hotJournal, evidence(interrupted()));
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain('/data/app.db-journal (8.5 KiB, last written 2 min 5 s ago)');
    expect(found.remedy.commands).toEqual([
      'mkdir /data/app.db.saved && cp -p /data/app.db /data/app.db-journal /data/app.db.saved/',
      "sqlite3 /data/app.db 'PRAGMA user_version;'",
    ]);
  });

  it('finds it beside a WAL header too: SQLite looks for a journal before it looks for a WAL', () => {
    expect(findingOf(hotJournal, evidence(walSample({ journal: ACTIVE, kernel: kernel([]) }))).severity).toBe(
      'warning',
    );
  });

  it.each(['RESERVED', 'PENDING', 'SHARED'] as const)(
    'is clear while somebody holds %s for writing',
    (name) => {
      expect(outcomeOf(hotJournal, evidence(interrupted([lock(7, 'WRITE', name)]))).outcome).toBe('clear');
    },
  );

  it('is clear if the writer shows in only one of the samples', () => {
    const writing = interrupted([lock(7, 'WRITE', 'RESERVED')]);
    expect(outcomeOf(hotJournal, evidence(writing, interrupted())).outcome).toBe('clear');
    expect(outcomeOf(hotJournal, evidence(interrupted(), writing)).outcome).toBe('clear');
  });

  it('is clear if the journal is another one, or younger, in the second sample', () => {
    const later = { ...ACTIVE, file: { ...ACTIVE.file, modifiedAtMs: T0 + 1 } };
    expect(outcomeOf(hotJournal, evidence(interrupted(), interrupted([], { journal: later }))).outcome).toBe(
      'clear',
    );
    const none = rollbackSample();
    expect(outcomeOf(hotJournal, evidence(none, interrupted())).outcome).toBe('clear');
  });

  it('does not take PENDING, read-locked by every reader that enters, for a writer', () => {
    const entering = interrupted([lock(7, 'READ', 'PENDING')]);
    expect(findingOf(hotJournal, evidence(entering, entering)).severity).toBe('warning');
  });

  it('names readers that hold up the rollback', () => {
    const reading = interrupted([lock(31, 'READ', 'SHARED')]);
    const found = findingOf(hotJournal, evidence(reading, reading));
    expect(found.summary).toContain('while python3 worker.py (pid 31) has the database locked for reading');
    expect(found.remedy.text).toContain('End python3 worker.py (pid 31) first');
  });

  it('names a process that has the journal open without a lock, and has it stopped first', () => {
    const { device, inode } = ACTIVE.file;
    const journalOpen = { fd: 6, file: 'journal', current: true, identity: { device, inode } } as const;
    const databaseOpen = sighting(31).descriptors.filter(({ file }) => file === 'database');
    const openIn = (...descriptors: Descriptor[]) =>
      interrupted([], { kernel: kernel([], { processes: [sighting(31, { descriptors })] }) });
    const sample = openIn(...databaseOpen, journalOpen);
    const found = findingOf(hotJournal, evidence(sample, sample));
    const moved = openIn(journalOpen);
    expect(outcomeOf(hotJournal, evidence(moved, moved))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('do not open /data/app.db'),
    });
    expect(found.summary).toContain('python3 worker.py (pid 31) still has the journal open');
    expect(found.remedy.commands[0]).toBe('kill 31');
  });

  it.each([{ kind: 'empty' }, { kind: 'zeroed' }] as const)(
    'is clear for a journal that is $kind',
    (content) => {
      expect(outcomeOf(hotJournal, evidence(rollbackSample({ journal: journal(content) }))).outcome).toBe(
        'clear',
      );
    },
  );

  it('is clear without a journal', () => {
    expect(outcomeOf(hotJournal, evidence(rollbackSample())).outcome).toBe('clear');
  });

  it('is inapplicable to a database of 0 bytes', () => {
    expect(outcomeOf(hotJournal, evidence(interrupted([], { header: null }))).outcome).toBe('inapplicable');
  });

  it('is skipped if locks may be hidden, or the journal cannot be read', () => {
    const blind = interrupted([], {
      kernel: kernel([], { locksView: { complete: false, reason: 'in a container' } }),
    });
    const hidden = outcomeOf(hotJournal, evidence(blind));
    expect(hidden).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('in a container') });
    const unreadable = rollbackSample({
      journal: journal({ kind: 'unreadable', reason: 'permission denied' }),
    });
    expect(outcomeOf(hotJournal, evidence(unreadable)).outcome).toBe('skipped');
  });

  it('is skipped in a layer of a mounted overlay, where the writer has locks of its own', () => {
    const overlays = [{ mountPoint: '/merged', upper: '/data', lower: [] }];
    expect(outcomeOf(hotJournal, evidence(interrupted(), undefined, { overlays }))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('/merged'),
    });
  });
});
