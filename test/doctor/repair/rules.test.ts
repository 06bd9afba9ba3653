/** Which findings carry which repair, and when it is withheld. */
import { describe, expect, it } from 'vitest';
import { checks } from '../../../src/doctor/checks/index.js';
import { examine, type Outcome } from '../../../src/doctor/examine.js';
import type { Evidence } from '../../../src/doctor/shapes.js';
import { known } from '../../../src/known.js';
import {
  attachedLocks,
  evidence,
  fileState,
  header,
  kernel,
  rollbackHeader,
  rollbackSample,
  sighting,
  walSample,
} from '../../support/evidence.js';

function repairOf(subject: Evidence, id: string) {
  const outcome: Outcome | undefined = examine({ evidence: subject, siblings: [] }, checks).find(
    (one) => one.id === id,
  );
  return outcome?.outcome === 'found' ? outcome.repair : undefined;
}

const GIB = 2 ** 30;

const remote: Partial<Evidence> = {
  fileSystem: known({
    ...{ type: 'nfs4', mountPoint: '/data', source: 'nas:/export', device: '0:99', options: ['rw'] },
    ...{ freeBytes: 50 * GIB, totalBytes: 100 * GIB },
  }),
};

const smallPages = { header: header({ pageBytes: 512 }), wal: null, walIndex: null };

describe('the rules', () => {
  it('name the check first, and no id twice', () => {
    const rules = checks.flatMap(({ id, repair }) => (repair ? [{ id, ids: repair.ids }] : []));
    for (const { id, ids } of rules) {
      expect(ids[0]).toBe(id);
      expect(ids.every((one) => one === id || one.startsWith(`${id}-`))).toBe(true);
    }
    const all = rules.flatMap(({ ids }) => ids);
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(12);
  });
});

describe('a repair', () => {
  it('is offered with its command, the path as one word for a shell', () => {
    const path = "/data/it's here.db";
    const subject = evidence(walSample(smallPages), undefined, { path });
    expect(repairOf(subject, 'page-size')).toMatchObject({
      kind: 'offered',
      command: "dblock fix '/data/it'\\''s here.db' --apply page-size",
      repairs: [{ id: 'page-size', byIdOnly: /rewrites the whole database/, action: { leaveWal: true } }],
    });
  });

  it('does not leave WAL mode where there is none', () => {
    const subject = evidence(rollbackSample({ header: rollbackHeader({ pageBytes: 512 }) }));
    expect(repairOf(subject, 'page-size')).toMatchObject({
      repairs: [{ steps: ['PRAGMA locking_mode=EXCLUSIVE;', 'PRAGMA page_size=4096;', 'VACUUM;'] }],
    });
  });

  it('that needs a connection is withheld on a network file system', () => {
    expect(repairOf(evidence(walSample(smallPages), undefined, remote), 'page-size')).toEqual({
      kind: 'withheld',
      reason: 'network-filesystem has to be settled first: a connection now could do harm',
    });
  });

  it('of owners and modes is not: it opens nothing', () => {
    const sample = walSample({
      database: fileState('/data/app.db', { mode: 0o664 }),
      walIndex: null,
      wal: { file: fileState('/data/app.db-wal', { mode: 0o600 }), content: { kind: 'empty' } },
    });
    expect(repairOf(evidence(sample, undefined, remote), 'sidecar-permissions')).toMatchObject({
      kind: 'offered',
    });
  });

  it('is impossible where WAL mode does not work', () => {
    const shared = [sighting(1), sighting(2)];
    const sample = rollbackSample({ kernel: kernel([], { processes: shared }) });
    expect(repairOf(evidence(sample, undefined, remote), 'rollback-journal')).toEqual({
      kind: 'impossible',
      reason: 'WAL mode does not work on nfs4',
    });
  });

  it('is absent where dblock has none', () => {
    const sample = walSample({ kernel: kernel(attachedLocks(1), { processes: [sighting(1)] }) });
    const subject = evidence(sample, sample, remote);
    const found = examine({ evidence: subject, siblings: [] }, checks).find(
      ({ id }) => id === 'network-filesystem',
    );
    expect(found).toMatchObject({ outcome: 'found' });
    expect(found).not.toHaveProperty('repair');
  });
});
