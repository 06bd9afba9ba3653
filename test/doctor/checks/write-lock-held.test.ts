import { describe, expect, it } from 'vitest';
import { writeLockHeld } from '../../../src/doctor/checks/write-lock-held.js';
import { lockRows } from '../../../src/doctor/lock-rows.js';
import type { Sample } from '../../../src/doctor/shapes.js';
import type { LockName } from '../../../src/locks/shapes.js';
import {
  attachedLocks,
  evidence,
  fileState,
  healthyEvidence,
  kernel,
  lock,
  rollbackHeader,
  rollbackSample,
  sighting,
  T0,
  walIndex,
  walSample,
} from '../../support/evidence.js';
import { findingOf, verdictOf } from '../../support/outcome.js';

const HIDDEN = { complete: false, reason: 'dblock runs in a container' } as const;
const locked = (...names: LockName[]) =>
  kernel([...attachedLocks(4121), ...names.map((name) => lock(4121, 'WRITE', name))]);

function walWriter(...names: LockName[]): Sample {
  return walSample({ kernel: locked(...names, 'WRITE') });
}

function atChange(changeCount: number, sample: Sample): Sample {
  const content = { kind: 'index', index: walIndex({ changeCount }) } as const;
  return { ...sample, walIndex: { file: fileState('/data/app.db-shm'), content } };
}

function rollbackWriter(names: readonly LockName[], overrides: Partial<Sample> = {}): Sample {
  const locks = [lock(4121, 'READ', 'SHARED'), ...names.map((name) => lock(4121, 'WRITE', name))];
  return rollbackSample({ kernel: kernel(locks), ...overrides });
}

function journal(kind: 'active' | 'zeroed', modifiedAtMs: number): Sample['journal'] {
  return { file: fileState('/data/app.db-journal', { bytes: 512, modifiedAtMs }), content: { kind } };
}

describe('write-lock-held in WAL mode', () => {
  it('finds a writer that held WRITE in both samples and committed nothing', () => {
    const finding = findingOf(writeLockHeld, evidence(walWriter(), walWriter()));
    expect(finding.severity).toBe('warning');
    expect(finding.facts).toMatchObject({
      commits: 0,
      walUnchangedForMs: 1250,
      holds: [{ pid: 4121, lock: 'WRITE', activity: 'transaction', heldAtLeastMs: 250 }],
    });
    expect(finding.summary).toContain(
      'python3 worker.py (pid 4121) has held the write lock (WRITE) for at least 250 ms',
    );
    expect(finding.summary).toContain('not been written to for 1.3 s');
    expect(finding.remedy.commands).toEqual(['ps -o pid,ppid,stat,lstart,args -p 4121']);
  });

  it('is critical once the samples are as far apart as the usual busy timeout', () => {
    const long = evidence(walWriter(), walWriter());
    const [first, second] = long.samples;
    if (!first || !second) throw new Error('two samples');
    const apart = (ms: number) => ({ ...long, samples: [first, { ...second, atMs: first.atMs + ms }] });
    expect(verdictOf(writeLockHeld, apart(4999))).toBe('found: warning');
    expect(verdictOf(writeLockHeld, apart(5000))).toBe('found: critical');
  });

  it('calls WRITE together with CKPT a blocking checkpoint, and with RECOVER a recovery', () => {
    const checkpoint = findingOf(writeLockHeld, evidence(walWriter('CKPT'), walWriter('CKPT')));
    expect(checkpoint.facts).toMatchObject({ holds: [{ pid: 4121, activity: 'checkpoint' }] });
    expect(checkpoint.summary).toContain('FULL, RESTART or TRUNCATE checkpoint');
    const recovering = walSample({ ...walWriter('CKPT', 'RECOVER'), walIndex: null });
    const recovery = findingOf(writeLockHeld, evidence(recovering, recovering));
    expect(recovery.facts).toMatchObject({ commits: null, holds: [{ activity: 'recovery' }] });
    expect(recovery.summary).toContain('rebuilds the WAL index');
  });

  it('is clear for a busy writer, with the number of commits among the facts', () => {
    const busy = evidence(atChange(10, walWriter()), atChange(17, walWriter()));
    expect(verdictOf(writeLockHeld, busy)).toBe('clear');
    expect(writeLockHeld.inspect({ evidence: busy, siblings: [] })).toMatchObject({ facts: { commits: 7 } });
  });

  it('is clear if the lock was held in one sample only, or by one process after another', () => {
    expect(verdictOf(writeLockHeld, evidence(walWriter(), walSample()))).toBe('clear');
    const other = walSample({ kernel: kernel([...attachedLocks(7), lock(7, 'WRITE', 'WRITE')]) });
    expect(verdictOf(writeLockHeld, evidence(walWriter(), other))).toBe('clear');
  });

  it('is clear for a poller that took the lock anew: a look in between did not find it', () => {
    const polling = evidence(walWriter(), walWriter(), { letGo: [{ pid: 4121, names: ['WRITE'] }] });
    expect(verdictOf(writeLockHeld, polling)).toBe('clear');
    expect(lockRows(polling)).toMatchObject([{ role: 'writer', heldAtLeastMs: null }]);
    const other = evidence(walWriter(), walWriter(), { letGo: [{ pid: 4121, names: ['CKPT'] }] });
    expect(verdictOf(writeLockHeld, other)).toBe('found: warning');
    const reserved = rollbackWriter(['RESERVED']);
    const letGo = [{ pid: 4121, names: ['RESERVED' as const] }];
    expect(verdictOf(writeLockHeld, evidence(reserved, reserved))).toBe('found: warning');
    expect(verdictOf(writeLockHeld, evidence(reserved, reserved, { letGo }))).toBe('clear');
  });

  it('is clear if -shm was deleted and made anew: every lock on it was let go of in between', () => {
    const bornAt = (bornAtMs: number): Sample => {
      const content = { kind: 'index', index: walIndex() } as const;
      return { ...walWriter(), walIndex: { file: fileState('/data/app.db-shm', { bornAtMs }), content } };
    };
    expect(verdictOf(writeLockHeld, evidence(bornAt(T0), bornAt(T0)))).toBe('found: warning');
    expect(verdictOf(writeLockHeld, evidence(bornAt(T0), bornAt(T0 + 9)))).toBe('clear');
  });

  it('is skipped, naming the holder, where commits cannot be counted', () => {
    const blind = { ...walWriter(), walIndex: null };
    expect(verdictOf(writeLockHeld, evidence(blind, blind))).toMatch(/^skipped: .*pid 4121.*WAL index/);
  });

  it('leaves EXCLUSIVE in WAL mode to exclusive-locking', () => {
    const exclusive = walSample({ kernel: kernel([lock(4121, 'WRITE', 'SHARED')]) });
    expect(verdictOf(writeLockHeld, evidence(exclusive, exclusive))).toBe('clear');
  });
});

describe('write-lock-held in rollback mode', () => {
  it('finds RESERVED, and dates it by an active journal', () => {
    const sample = rollbackWriter(['RESERVED'], { journal: journal('active', T0 - 9750) });
    const finding = findingOf(writeLockHeld, evidence(sample, sample));
    expect(finding.severity).toBe('critical');
    expect(finding.facts).toMatchObject({ holds: [{ pid: 4121, lock: 'RESERVED', heldAtLeastMs: 10_000 }] });
    expect(finding.summary).toContain('(RESERVED) for at least 10 s');
  });

  it('dates it by a journal that is not synced yet if the writer has it open', () => {
    const processes = (fd: number) => [
      sighting(4121, {
        descriptors: [
          { fd, file: 'journal' as const, current: true, identity: { device: 'fe:00', inode: '9' } },
        ],
      }),
    ];
    const sample = rollbackWriter(['RESERVED'], { journal: journal('zeroed', T0 - 6000) });
    const open = { ...sample, kernel: { ...sample.kernel, processes: processes(7) } };
    expect(verdictOf(writeLockHeld, evidence(open, open))).toBe('found: critical');
    expect(verdictOf(writeLockHeld, evidence(sample, sample))).toBe('found: warning');
  });

  it('finds EXCLUSIVE while the database is written to, and leaves it to exclusive-locking otherwise', () => {
    const writing = rollbackWriter(['RESERVED', 'PENDING', 'SHARED'], { journal: journal('active', T0) });
    const finding = findingOf(writeLockHeld, evidence(writing, writing));
    expect(finding.facts).toMatchObject({ holds: [{ lock: 'EXCLUSIVE', activity: 'database-write' }] });
    expect(finding.summary).toContain('Nobody else can read or write');
    const idle = rollbackWriter(['RESERVED', 'PENDING', 'SHARED']);
    expect(verdictOf(writeLockHeld, evidence(idle, idle))).toBe('clear');
  });

  it('leaves PENDING to commit-waits-for-readers, unless it came after the first sample', () => {
    const waiting = rollbackWriter(['RESERVED', 'PENDING']);
    expect(verdictOf(writeLockHeld, evidence(waiting, waiting))).toBe('clear');
    expect(verdictOf(writeLockHeld, evidence(rollbackWriter(['RESERVED']), waiting))).toBe('found: warning');
  });

  it('is clear for a busy writer', () => {
    const header = rollbackHeader({ changeCounter: 3 });
    const busy = evidence(rollbackWriter(['RESERVED']), rollbackWriter(['RESERVED'], { header }));
    expect(verdictOf(writeLockHeld, busy)).toBe('clear');
  });
});

describe('write-lock-held without enough to go by', () => {
  it('is inapplicable if nobody has the database open', () => {
    expect(verdictOf(writeLockHeld, evidence(rollbackSample()))).toBe(
      'inapplicable: nobody has the database open',
    );
  });

  it('is skipped with the reason of an incomplete view if it saw nothing, and finds what it saw', () => {
    const empty = rollbackSample({ kernel: kernel([], { locksView: HIDDEN }) });
    expect(verdictOf(writeLockHeld, evidence(empty))).toBe('skipped: dblock runs in a container');
    const attached = walSample({ kernel: { ...kernel(attachedLocks(4121)), locksView: HIDDEN } });
    expect(verdictOf(writeLockHeld, evidence(attached, attached))).toBe(
      'skipped: dblock runs in a container',
    );
    const seen = walSample({ kernel: { ...locked('WRITE'), locksView: HIDDEN } });
    expect(verdictOf(writeLockHeld, evidence(seen, seen))).toBe('found: warning');
  });

  it('is skipped with one sample, and clear on a healthy database', () => {
    expect(verdictOf(writeLockHeld, evidence(walWriter()))).toMatch(/^skipped: there is only one sample/);
    expect(verdictOf(writeLockHeld, healthyEvidence())).toBe('clear');
  });
});
