import { describe, expect, it } from 'vitest';
import { mixedJournalModes } from '../../../src/doctor/checks/mixed-journal-modes.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import {
  evidence,
  header,
  healthyEvidence,
  kernel,
  rollbackSample,
  sighting,
} from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

const QUEUE = healthyEvidence({ path: '/data/queue.db' });

function inRollback(...pids: number[]): Evidence {
  return evidence(rollbackSample({ kernel: kernel([], { processes: pids.map((pid) => sighting(pid)) }) }));
}

describe('mixed-journal-modes', () => {
  it('warns if several processes have a database in each mode open', () => {
    const pids = [4121, 4122];
    const queue = {
      ...QUEUE,
      samples: inRollback(...pids).samples.map((sample) => ({ ...sample, header: header() })),
    };
    const other = healthyEvidence({ path: '/data/other.db', samples: inRollback(99).samples });
    const found = findingOf(mixedJournalModes, inRollback(...pids), [other, queue]);
    expect(found.severity).toBe('warning');
    expect(found.summary).toBe(
      '/data/app.db is in rollback mode while /data/queue.db is in WAL mode. python3 worker.py (pid 4121) and python3 worker.py (pid 4122) have both /data/app.db and /data/queue.db open.',
    );
    expect(found.remedy.commands).toEqual(["sqlite3 /data/app.db 'PRAGMA journal_mode=WAL;'"]);
  });

  it('mentions it if only one process has both open: nobody waits for it', () => {
    const found = findingOf(mixedJournalModes, inRollback(4121), [QUEUE]);
    expect(found.severity).toBe('info');
    expect(found.summary).toContain(
      'python3 worker.py (pid 4121) has both /data/app.db and /data/queue.db open.',
    );
  });

  it('mentions it if they have no process in common', () => {
    expect(findingOf(mixedJournalModes, inRollback(), [QUEUE]).severity).toBe('info');
    expect(findingOf(mixedJournalModes, inRollback(99), [QUEUE]).severity).toBe('info');
  });

  it('counts several in WAL mode', () => {
    const siblings = [QUEUE, healthyEvidence({ path: '/data/cache.db' })];
    expect(findingOf(mixedJournalModes, inRollback(), siblings).summary).toContain(
      '/data/queue.db and 1 other are in WAL mode',
    );
  });

  it('names a few of many', () => {
    const siblings = Array.from({ length: 300 }, (_, index) =>
      healthyEvidence({ path: `/data/${index}.db` }),
    );
    const found = findingOf(mixedJournalModes, inRollback(), siblings);
    expect(found.summary).toContain('/data/0.db and 299 others are in WAL mode');
    expect(found.facts).toMatchObject({ walDatabaseCount: 300 });
    expect(JSON.stringify(found.facts).length).toBeLessThan(1000);
    expect(JSON.stringify(outcomeOf(mixedJournalModes, QUEUE, siblings)).length).toBeLessThan(1000);
  });

  it('is clear for the one in WAL mode, and if all are in one mode', () => {
    expect(outcomeOf(mixedJournalModes, QUEUE, [inRollback(4121)]).outcome).toBe('clear');
    expect(outcomeOf(mixedJournalModes, inRollback(4121), [inRollback(4121)]).outcome).toBe('clear');
    expect(outcomeOf(mixedJournalModes, QUEUE, [QUEUE]).outcome).toBe('clear');
  });

  it('is inapplicable to one database, and to one of 0 bytes', () => {
    expect(outcomeOf(mixedJournalModes, inRollback(4121)).outcome).toBe('inapplicable');
    const empty = evidence(rollbackSample({ header: null }));
    expect(outcomeOf(mixedJournalModes, empty, [QUEUE]).outcome).toBe('inapplicable');
  });

  it('is skipped if the header names no mode', () => {
    const odd = evidence(rollbackSample({ header: header({ journalMode: 'unknown' }) }));
    expect(outcomeOf(mixedJournalModes, odd, [QUEUE]).outcome).toBe('skipped');
  });
});
