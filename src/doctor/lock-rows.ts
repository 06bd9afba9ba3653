import type { HeldLock, LockRow, ProcessSighting } from '../locks/shapes.js';
import { formatCount, type Milliseconds, type Pid } from '../units.js';
import {
  attachedPids,
  bothSamples,
  commitsBetween,
  holders,
  holdersThroughout,
  keptIndexFile,
  lastSample,
  letGoOf,
  nameProcesses,
  sampledForMs,
  trustedIndex,
} from './questions.js';
import type { Evidence, Sample } from './shapes.js';

/** One row a process: what it does to the database now, by its locks. Those that block others come first. */
export function lockRows(evidence: Evidence): LockRow[] {
  const sample = lastSample(evidence);
  const rows = attachedPids(sample).map((pid) => rowOf(evidence, sample, pid));
  return rows.sort((a, b) => Number(b.blocks !== null) - Number(a.blocks !== null) || a.pid - b.pid);
}

function rowOf(evidence: Evidence, sample: Sample, pid: Pid): LockRow {
  const process = evidence.processes.find((candidate) => candidate.pid === pid);
  const sighting = sample.kernel.processes.find((candidate) => candidate.pid === pid);
  const user = process?.user.known ? (process.user.value.name ?? String(process.user.value.uid)) : null;
  const own = inOrder(sample.kernel.locks.filter((lock) => lock.pid === pid));
  return {
    pid,
    command: process?.command.known ? process.command.value.join(' ') : null,
    user,
    state: sighting?.state ?? '?',
    stateMeaning: meaningOf(sighting),
    role: roleOf(sample, own),
    locks: own.flatMap(lockLabels),
    heldAtLeastMs: heldAtLeastMs(evidence, own),
    blocks: blockedBy(evidence, sample, pid, own),
  };
}

/** proc(5), field 3 of /proc/PID/stat. */
const STATE_MEANINGS: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'waiting for the disk',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'zombie',
  I: 'idle',
};

function meaningOf(sighting: ProcessSighting | undefined): string {
  return STATE_MEANINGS[sighting?.state ?? ''] ?? 'unknown';
}

/** By place in the files; the kernel lists them in the order in which they were taken. */
function inOrder(locks: readonly HeldLock[]): HeldLock[] {
  return [...locks].sort((a, b) => a.file.localeCompare(b.file) || a.firstByte - b.firstByte);
}

/** SQLite's names; `EXCLUSIVE` is what it calls a write lock on the SHARED bytes. */
function lockLabels({ names, mode }: HeldLock): string[] {
  if (mode === 'READ') return names;
  return names.map((name) => {
    if (name === 'SHARED') return 'EXCLUSIVE';
    return name === 'DMS' || name.startsWith('READ') ? `${name} (exclusive)` : name;
  });
}

function has(own: readonly HeldLock[], name: HeldLock['names'][number], mode: HeldLock['mode']): boolean {
  return own.some((lock) => lock.mode === mode && lock.names.includes(name));
}

function roleOf(sample: Sample, own: readonly HeldLock[]): string {
  if (has(own, 'RECOVER', 'WRITE')) return 'recovering the WAL index';
  if (has(own, 'CKPT', 'WRITE'))
    return has(own, 'WRITE', 'WRITE') ? 'checkpointer that keeps writers out' : 'checkpointer';
  if (has(own, 'SHARED', 'WRITE')) return 'exclusive';
  if (has(own, 'PENDING', 'WRITE')) return 'committing, waits for readers';
  if (has(own, 'WRITE', 'WRITE') || has(own, 'RESERVED', 'WRITE')) return 'writer';
  return readerRole(sample, own);
}

function readerRole(sample: Sample, own: readonly HeldLock[]): string {
  const slot = readSlot(own);
  if (slot === 0) return 'reader on READ0 (database file only)';
  if (slot !== null) {
    const mark = markOf(sample, slot);
    return mark === null ? `reader on READ${slot}` : `reader on READ${slot} at frame ${formatCount(mark)}`;
  }
  if (has(own, 'SHARED', 'READ')) return sample.header?.journalMode === 'wal' ? 'attached' : 'reader';
  return own.length > 0 ? 'attached' : 'has it open, holds no lock';
}

function readSlot(own: readonly HeldLock[]): number | null {
  const name = own
    .filter((lock) => lock.mode === 'READ')
    .flatMap((lock) => lock.names.filter((one) => /^READ\d$/.test(one)))[0];
  return name === undefined ? null : Number(name.slice(4));
}

function markOf(sample: Sample, slot: number): number | null {
  return trustedIndex(sample)?.readMarks[slot] ?? null;
}

/** `null` unless the samples prove that one transaction, and not several short ones, held a lock in both. */
function heldAtLeastMs(evidence: Evidence, own: readonly HeldLock[]): Milliseconds | null {
  const samples = bothSamples(evidence);
  if (!samples) return null;
  const kept = own.filter(
    (lock) =>
      samples[0].kernel.locks.some((other) => isSameLock(lock, other)) &&
      !lock.names.some((name) => lock.mode === 'WRITE' && letGoOf(evidence, lock.pid, name)),
  );
  const proven = isSameWrite(evidence, kept) || isSameRead(samples, kept) || waitsBehind(evidence, kept);
  return proven ? sampledForMs(evidence) : null;
}

function isSameWrite(evidence: Evidence, kept: readonly HeldLock[]): boolean {
  return kept.some((lock) => lock.mode === 'WRITE') && commitsBetween(evidence) === 0;
}

/** A new reader takes the newest mark: an old one that stays is one long read (wal.c, walTryBeginRead). */
function isSameRead(samples: readonly [Sample, Sample], kept: readonly HeldLock[]): boolean {
  const slot = readSlot(kept);
  const [before, after] = [trustedIndex(samples[0]), trustedIndex(samples[1])];
  if (slot === null || !before || !after || !keptIndexFile(samples)) return false;
  if (slot === 0) return before.nBackfill < before.mxFrame && before.salts === after.salts;
  const mark = before.readMarks[slot] ?? null;
  return mark !== null && mark < before.mxFrame && mark === after.readMarks[slot];
}

/** While PENDING is held no new reader may enter, so a reader that is there stayed. */
function waitsBehind(evidence: Evidence, kept: readonly HeldLock[]): boolean {
  return has(kept, 'SHARED', 'READ') && holdersThroughout(evidence, 'PENDING', 'WRITE').length > 0;
}

function isSameLock(one: HeldLock, other: HeldLock): boolean {
  return (
    one.pid === other.pid &&
    one.mode === other.mode &&
    one.file === other.file &&
    one.firstByte === other.firstByte
  );
}

function blockedBy(evidence: Evidence, sample: Sample, pid: Pid, own: readonly HeldLock[]): string | null {
  if (has(own, 'SHARED', 'WRITE')) return 'every other process';
  if (has(own, 'PENDING', 'WRITE')) return 'new readers and all other writers';
  if (has(own, 'WRITE', 'WRITE') || has(own, 'RESERVED', 'WRITE')) return 'all other writers';
  if (has(own, 'CKPT', 'WRITE')) return 'other checkpoints';
  const committing = holders(sample, 'PENDING', 'WRITE').filter((other) => other !== pid);
  if (has(own, 'SHARED', 'READ') && committing.length > 0)
    return `the commit of ${nameProcesses(evidence, committing)}`;
  return pinnedFrames(sample, own);
}

function pinnedFrames(sample: Sample, own: readonly HeldLock[]): string | null {
  const slot = readSlot(own);
  const index = trustedIndex(sample);
  if (slot === null || !index) return null;
  const mark = slot === 0 ? index.nBackfill : index.readMarks[slot];
  if (mark == null || mark >= index.mxFrame) return null;
  return `checkpoints beyond frame ${formatCount(mark)} of ${formatCount(index.mxFrame)}`;
}
