import { describe, expect, it } from 'vitest';
import { foreignWal } from '../../../src/doctor/checks/foreign-wal.js';
import type { Evidence, Sample } from '../../../src/doctor/shapes.js';
import { unknown } from '../../../src/known.js';
import type { DatabaseHeader, WalHeader, WalIndex, WalState } from '../../../src/sqlite/shapes.js';
import {
  attachedLocks,
  evidence,
  fileState,
  header,
  healthyEvidence,
  kernel,
  rollbackHeader,
  rollbackSample,
  walIndex,
  walSample,
} from '../../support/evidence.js';
import { findingOf, outcomeOf } from '../../support/outcome.js';

function wal(overrides: Partial<WalHeader> = {}, bytes = 32 + 20 * 4120): WalState {
  const walHeader: WalHeader = {
    checksumOrder: 'little-endian',
    pageBytes: 4096,
    checkpointSequence: 0,
    salts: '00112233aabbccdd',
    checksum: [1, 2],
    ...overrides,
  };
  return { file: fileState('/data/app.db-wal', { bytes }), content: { kind: 'header', header: walHeader } };
}

/** Nobody has it open. */
function closed(overrides: Partial<Sample> = {}): Evidence {
  return evidence(walSample({ kernel: kernel([]), walIndex: null, ...overrides }));
}

function scanned(committedFrames: number, pageOne: DatabaseHeader | null = null): Evidence['walScan'] {
  return {
    known: true,
    value: {
      committedFrames,
      validFrames: committedFrames,
      databasePages: 10,
      verifiedBy: 'checksums',
      pageOne,
    },
  };
}

function signsOf(checked: Evidence): string[] {
  const { facts } = findingOf(foreignWal, checked);
  return 'signs' in facts && Array.isArray(facts.signs) ? facts.signs.map(({ sign }) => sign) : [];
}

describe('foreign-wal: sign by sign', () => {
  it('frames beside a rollback header', () => {
    const checked = closed({ header: rollbackHeader() });
    expect(signsOf(checked)).toEqual(['rollback-header']);
    const found = findingOf(foreignWal, checked);
    expect(found.severity).toBe('critical');
    expect(found.summary).toContain('/data/app.db-wal (81 KiB) was not written for /data/app.db');
    expect(found.summary).toContain('20 committed frames');
  });

  it('no frames, or none that count, beside a rollback header: clear', () => {
    const empty = { file: fileState('/data/app.db-wal', { bytes: 0 }), content: { kind: 'empty' } } as const;
    expect(outcomeOf(foreignWal, closed({ header: rollbackHeader(), wal: empty })).outcome).toBe('clear');
    expect(outcomeOf(foreignWal, closed({ header: rollbackHeader(), wal: wal({}, 32) })).outcome).toBe(
      'clear',
    );
    const stale = { ...closed({ header: rollbackHeader() }), walScan: scanned(0) };
    expect(outcomeOf(foreignWal, stale).outcome).toBe('clear');
  });

  it('a rollback header in the first sample only: clear, the database was just switched to WAL', () => {
    const checked = evidence(walSample({ header: rollbackHeader() }), walSample());
    expect(outcomeOf(foreignWal, checked).outcome).toBe('clear');
  });

  it('another page size', () => {
    const checked = closed({ wal: wal({ pageBytes: 8192 }) });
    expect(signsOf(checked)).toEqual(['page-size']);
    expect(findingOf(foreignWal, checked).summary).toContain('pages of 4096 bytes, the WAL of 8192');
  });

  it('another page size in a WAL without room for a frame: clear', () => {
    expect(outcomeOf(foreignWal, closed({ wal: wal({ pageBytes: 8192 }, 4152) })).outcome).toBe('clear');
  });

  it('an empty database, whose WAL SQLite would delete', () => {
    const checked = { ...closed({ header: null }), walScan: null };
    expect(signsOf(checked)).toEqual(['empty-database']);
    expect(findingOf(foreignWal, checked).remedy.text).toContain('would delete the WAL');
  });

  it('an empty database beside a WAL without a frame: clear', () => {
    const checked = { ...closed({ header: null, wal: wal({}, 32) }), walScan: null };
    expect(outcomeOf(foreignWal, checked).outcome).toBe('clear');
  });

  it('another text encoding, unless the database has not chosen one yet', () => {
    const walScan = scanned(20, header({ textEncoding: 'utf-16le' }));
    expect(signsOf({ ...closed(), walScan })).toEqual(['text-encoding']);
    const fresh = closed({ header: header({ textEncoding: 'unset' }) });
    expect(outcomeOf(foreignWal, { ...fresh, walScan }).outcome).toBe('clear');
  });

  it('other reserved bytes, unless the schema cookie went up as VACUUM lets it', () => {
    expect(signsOf({ ...closed(), walScan: scanned(20, header({ reservedBytes: 8 })) })).toEqual([
      'reserved-bytes',
    ]);
    const vacuumed = scanned(20, header({ reservedBytes: 8, schemaCookie: 2 }));
    expect(outcomeOf(foreignWal, { ...closed(), walScan: vacuumed }).outcome).toBe('clear');
  });

  it('fewer pages than the database counts, and no new page 1 that would say so', () => {
    const restored = closed({ header: header({ pageCount: 11 }) });
    expect(signsOf(restored)).toEqual(['page-count']);
    expect(findingOf(foreignWal, restored).summary).toContain(
      'the database has 11 pages, and the last commit in the WAL ends at 10',
    );
    const shrunk = { ...restored, walScan: scanned(20, header({ pageCount: 10 })) };
    expect(outcomeOf(foreignWal, shrunk).outcome).toBe('clear');
    const invalid = closed({ header: header({ pageCount: 11, pageCountValid: false }) });
    expect(outcomeOf(foreignWal, invalid).outcome).toBe('clear');
    expect(outcomeOf(foreignWal, closed({ header: header({ pageCount: 9 }) })).outcome).toBe('clear');
  });

  it('fewer pages in a live WAL, unless a commit came between the looks', () => {
    const sample = walSample({ header: header({ pageCount: 11 }) });
    expect(signsOf(evidence(sample, sample))).toEqual(['page-count']);
    const file = fileState('/data/app.db-shm');
    const index = walIndex({ changeCount: 11 });
    const busy = { ...sample, walIndex: { file, content: { kind: 'index', index } } } as const;
    expect(outcomeOf(foreignWal, evidence(sample, busy)).outcome).toBe('clear');
  });

  it('a schema cookie that goes back; one that goes on is clear', () => {
    const checked = closed({ header: header({ schemaCookie: 40 }) });
    const older = { ...checked, walScan: scanned(20, header({ schemaCookie: 39 })) };
    expect(signsOf(older)).toEqual(['schema-cookie']);
    expect(findingOf(foreignWal, older).summary).toContain('is 40, and page 1 in the WAL goes back to 39');
    const newer = { ...checked, walScan: scanned(20, header({ schemaCookie: 41 })) };
    expect(outcomeOf(foreignWal, newer).outcome).toBe('clear');
  });
});

describe('foreign-wal: salts of a live index', () => {
  const replaced = wal({ salts: 'ffffffff00000000' });

  function live(index: Partial<WalIndex> = {}, state = replaced): Sample {
    const content = { kind: 'index', index: walIndex(index) } as const;
    return walSample({ wal: state, walIndex: { file: fileState('/data/app.db-shm'), content } });
  }

  it('finds a WAL that was replaced under a live process, and has it killed without a close', () => {
    const checked = evidence(live(), live());
    expect(signsOf(checked)).toEqual(['index-salts']);
    const { remedy, summary } = findingOf(foreignWal, checked);
    expect(summary).toContain('expects salts 00112233aabbccdd and the file has ffffffff00000000');
    expect(remedy.text).toContain('python3 worker.py (pid 4121) must end without closing');
    expect(remedy.commands).toEqual([
      'mkdir /data/app.db.saved && cp -p /data/app.db /data/app.db-wal /data/app.db.saved/',
      'kill -KILL 4121',
      'mv -n /data/app.db-wal /data/app.db-wal.foreign',
    ]);
  });

  it.each([
    ['one sample', evidence(live())],
    ['a commit in between', evidence(live(), live({ changeCount: 11 }))],
    ['frames added in between', evidence(live(), live({ mxFrame: 21 }))],
    ['a reset that no commit followed', evidence(live({ mxFrame: 0 }), live({ mxFrame: 0 }))],
    ['a reset between the reads', evidence(live(), live({ salts: 'ffffffff00000000' }))],
    ['a new WAL in the second sample', evidence(live({}, wal()), live())],
  ])('is clear with %s', (_, checked) => {
    expect(outcomeOf(foreignWal, checked).outcome).toBe('clear');
  });

  it('does not believe an index that nobody is attached to', () => {
    const stale = { ...live(), kernel: kernel([]) };
    expect(outcomeOf(foreignWal, evidence(stale, stale)).outcome).toBe('clear');
  });
});

describe('foreign-wal: what to do', () => {
  const foreign = { header: rollbackHeader() };

  it('moves the WAL away if nobody has it open', () => {
    expect(findingOf(foreignWal, closed(foreign)).remedy.commands).toContain(
      'mv -n /data/app.db-wal /data/app.db-wal.foreign',
    );
  });

  it('moves nothing if somebody may have it open unseen', () => {
    const hidden = kernel([], { locksView: { complete: false, reason: 'in a container' } });
    const { commands } = findingOf(foreignWal, closed({ ...foreign, kernel: hidden })).remedy;
    expect(commands.join('\n')).not.toContain('mv ');
  });

  it('names those who have it open', () => {
    const live = walSample({ ...foreign, kernel: kernel(attachedLocks(77)) });
    expect(findingOf(foreignWal, evidence(live, live)).remedy.commands).toContain('kill -KILL 77');
  });
});

describe('foreign-wal: without a verdict', () => {
  it('is clear for a healthy database and without a WAL', () => {
    expect(outcomeOf(foreignWal, healthyEvidence()).outcome).toBe('clear');
    expect(outcomeOf(foreignWal, evidence(rollbackSample())).outcome).toBe('clear');
  });

  it('is inapplicable to bytes that SQLite does not take for a WAL', () => {
    const noise: WalState = { ...wal(), content: { kind: 'invalid', reason: 'bad magic' } };
    expect(outcomeOf(foreignWal, closed({ wal: noise })).outcome).toBe('inapplicable');
  });

  it('is skipped if the WAL or its frames cannot be read', () => {
    const unreadable: WalState = { ...wal(), content: { kind: 'unreadable', reason: 'permission denied' } };
    expect(outcomeOf(foreignWal, closed({ wal: unreadable }))).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('permission denied'),
    });
    const unscanned = { ...closed(), walScan: unknown('it kept changing') };
    expect(outcomeOf(foreignWal, unscanned)).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('it kept changing'),
    });
  });
});
