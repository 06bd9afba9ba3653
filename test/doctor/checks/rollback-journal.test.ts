import { describe, expect, it } from 'vitest';
import { rollbackJournal } from '../../../src/doctor/checks/rollback-journal.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import { known, unknown } from '../../../src/known.js';
import {
  attachedProcess,
  evidence,
  header,
  healthyEvidence,
  kernel,
  lock,
  rollbackSample,
  sighting,
} from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

/** Idle connections in rollback mode hold no lock: only their descriptors show. */
function openIn(...pids: number[]): Sample {
  return rollbackSample({ kernel: kernel([], { processes: pids.map((pid) => sighting(pid)) }) });
}

function live(...pids: number[]): Evidence {
  return evidence(openIn(...pids), openIn(...pids));
}

describe('rollback-journal', () => {
  it('finds two processes, and names them', () => {
    const found = findingOf(rollbackJournal, live(11, 12));
    expect(found.severity).toBe('warning');
    expect(found.summary).toContain('/data/app.db is in rollback mode, and 2 processes had it open at once');
    expect(found.summary).toContain('python3 worker.py (pid 11) and python3 worker.py (pid 12)');
    expect(found.remedy.commands).toEqual(["sqlite3 /data/app.db 'PRAGMA journal_mode=WAL;'"]);
    expect(found.remedy.text).toContain('-wal');
  });

  it('counts a process of which only a lock is seen', () => {
    const sample = rollbackSample({
      kernel: kernel([lock(12, 'READ', 'SHARED')], { processes: [sighting(11)] }),
    });
    expect(findingOf(rollbackJournal, evidence(sample)).facts).toMatchObject({ attachedProcesses: 2 });
  });

  it('does not count a program that has it open without SQLite, such as a backup', () => {
    const copier = attachedProcess(12, { sqliteLibraries: known([]) });
    const checked = { ...live(11, 12), processes: [attachedProcess(11), copier] };
    expect(outcomeOf(rollbackJournal, checked).outcome).toBe('clear');
    const hidden = attachedProcess(12, { sqliteLibraries: unknown('no permission') });
    expect(
      findingOf(rollbackJournal, { ...checked, processes: [attachedProcess(11), hidden] }),
    ).toBeDefined();
  });

  it('does not add up processes that came one after the other', () => {
    expect(outcomeOf(rollbackJournal, evidence(openIn(11), openIn(12))).outcome).toBe('clear');
  });

  it('finds declared workers while nobody is there', () => {
    const found = findingOf(
      rollbackJournal,
      evidence(rollbackSample(), undefined, { declared: { workers: 4 } }),
    );
    expect(found.summary).toContain('4 workers are declared for it');
  });

  it('is clear with one process, one declared worker or none', () => {
    expect(outcomeOf(rollbackJournal, live(11)).outcome).toBe('clear');
    expect(outcomeOf(rollbackJournal, evidence(rollbackSample())).outcome).toBe('clear');
    const single = evidence(rollbackSample(), undefined, { declared: { workers: 1 } });
    expect(outcomeOf(rollbackJournal, single).outcome).toBe('clear');
  });

  it('is clear in WAL mode', () => {
    expect(outcomeOf(rollbackJournal, healthyEvidence({ declared: { workers: 8 } })).outcome).toBe('clear');
  });

  it('does not advise WAL mode on a network file system', () => {
    const { fileSystem } = live(11, 12);
    const nfs = fileSystem.known ? known({ ...fileSystem.value, type: 'nfs4' }) : fileSystem;
    const { remedy } = findingOf(rollbackJournal, { ...live(11, 12), fileSystem: nfs });
    expect(remedy.commands).toEqual([]);
    expect(remedy.text).toContain('WAL mode does not work on nfs4');
  });

  it('is skipped if processes may be hidden, unless enough are seen', () => {
    const view = { complete: false, reason: '3 processes of other users' } as const;
    const hiding = (...pids: number[]) =>
      evidence(
        rollbackSample({
          kernel: kernel([], { processes: pids.map((pid) => sighting(pid)), processesView: view }),
        }),
      );
    expect(outcomeOf(rollbackJournal, hiding(11))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('3 processes of other users'),
    });
    expect(outcomeOf(rollbackJournal, hiding(11, 12)).outcome).toBe('found');
  });

  it('is skipped if the header names no mode, and inapplicable to 0 bytes', () => {
    const odd = rollbackSample({
      header: header({ journalMode: 'unknown', writeVersion: 3, readVersion: 3 }),
    });
    expect(outcomeOf(rollbackJournal, evidence(odd))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('3/3'),
    });
    expect(outcomeOf(rollbackJournal, evidence(rollbackSample({ header: null }))).outcome).toBe(
      'inapplicable',
    );
  });
});
