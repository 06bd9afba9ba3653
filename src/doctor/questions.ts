/** The questions that several checks, and `locks`, ask of the evidence. All are pure. */
import type { Descriptor, HeldLock, LockName, ProcessSighting, View } from '../locks/shapes.js';
import type { WalIndex } from '../sqlite/shapes.js';
import type { Milliseconds, Pid } from '../units.js';
import { overlayLayerOf } from './overlays.js';
import type { Evidence, Sample } from './shapes.js';

export function firstSample(evidence: Evidence): Sample {
  const [sample] = evidence.samples;
  if (!sample) throw new Error('evidence without a sample');
  return sample;
}

export function lastSample(evidence: Evidence): Sample {
  return evidence.samples[1] ?? firstSample(evidence);
}

/** Both samples, or `null` when there was only one: then nothing can be said about time. */
export function bothSamples(evidence: Evidence): readonly [Sample, Sample] | null {
  const [first, second] = evidence.samples;
  return first && second ? [first, second] : null;
}

/** Time between the two samples; 0 with one. */
export function sampledForMs(evidence: Evidence): Milliseconds {
  return lastSample(evidence).atMs - firstSample(evidence).atMs;
}

/** The WAL index, or `null` where there is none to trust. An index that nobody is attached to is a stale cache. */
export function trustedIndex(sample: Sample): WalIndex | null {
  if (sample.walIndex?.content.kind !== 'index') return null;
  return holders(sample, 'DMS').length > 0 ? sample.walIndex.content.index : null;
}

/** Locks of one name, in one mode or in either. */
export function locksNamed(sample: Sample, name: LockName, mode?: HeldLock['mode']): HeldLock[] {
  return sample.kernel.locks.filter((lock) => lock.names.includes(name) && (!mode || lock.mode === mode));
}

/** Processes that hold a lock, each once. */
export function holders(sample: Sample, name: LockName, mode?: HeldLock['mode']): Pid[] {
  return [...new Set(locksNamed(sample, name, mode).map((lock) => lock.pid))];
}

/** Processes that hold the lock in both samples, on the same file, and are not known to have let go of it in between; empty when there was only one sample. */
export function holdersThroughout(evidence: Evidence, name: LockName, mode?: HeldLock['mode']): Pid[] {
  const samples = bothSamples(evidence);
  if (!samples || (isShmLock(name) && !keptIndexFile(samples))) return [];
  const later = new Set(holders(samples[1], name, mode));
  return holders(samples[0], name, mode).filter((pid) => later.has(pid) && !letGoOf(evidence, pid, name));
}

/** Whether a process gave up a write lock that both samples saw: then it has held it only since. */
export function letGoOf({ letGo = [] }: Evidence, pid: Pid, name: LockName): boolean {
  return letGo.some((one) => one.pid === pid && one.names.includes(name));
}

function isShmLock(name: LockName): boolean {
  return name !== 'PENDING' && name !== 'RESERVED' && name !== 'SHARED';
}

/**
 * The last connection to close deletes `-shm`, and the next makes a new one, often with the same inode number: then
 * all locks on it were let go of in between, and its counters began anew.
 */
export function keptIndexFile(samples: readonly [Sample, Sample]): boolean {
  const [before, after] = samples.map((sample) => sample.walIndex?.file);
  return (
    before?.device === after?.device && before?.inode === after?.inode && before?.bornAtMs === after?.bornAtMs
  );
}

/** Processes with a lock, a descriptor or a mapping of the database or its `-shm`, in the last sample. */
export function attachedPids(sample: Sample): Pid[] {
  return [
    ...new Set([
      ...sample.kernel.processes.map((process) => process.pid),
      ...sample.kernel.locks.map((lock) => lock.pid),
    ]),
  ];
}

/** Whether nothing about locks escaped us in any sample. */
export function locksView(evidence: Evidence): View {
  return incomplete([...evidence.samples.map((sample) => sample.kernel.locksView), lockDomainView(evidence)]);
}

/** Whether every process could be inspected in every sample. */
export function processesView(evidence: Evidence): View {
  return incomplete([
    ...evidence.samples.map((sample) => sample.kernel.processesView),
    lockDomainView(evidence),
  ]);
}

/** Whoever uses a mounted overlay has another inode in hand, and another set of locks, than the layer below it. */
function lockDomainView(evidence: Evidence): View {
  const overlay = overlayLayerOf(evidence);
  if (!overlay) return { complete: true };
  const reason = `the database is also reachable through the overlay at ${overlay.mountPoint}: who uses it there is not seen here`;
  return { complete: false, reason };
}

function incomplete(views: readonly View[]): View {
  return views.find((view) => !view.complete) ?? { complete: true };
}

/** `python3 worker.py (pid 4121)`; `pid 4121` where the command line could not be read. */
export function nameProcess(evidence: Evidence, pid: Pid): string {
  const process = evidence.processes.find((candidate) => candidate.pid === pid);
  if (!process?.command.known || process.command.value.length === 0) return `pid ${pid}`;
  const executable = process.executable.known ? process.executable.value : null;
  return `${shortCommand(process.command.value, executable)} (pid ${pid})`;
}

/** Names several: `a (pid 1), b (pid 2) and c (pid 3)`. */
export function nameProcesses(evidence: Evidence, pids: readonly Pid[]): string {
  const names = pids.map((pid) => nameProcess(evidence, pid));
  const last = names.pop();
  return names.length === 0 ? (last ?? 'no process') : `${names.join(', ')} and ${last}`;
}

const LONGEST_COMMAND = 60;

function shortCommand([program = '', ...rest]: readonly string[], executable: string | null): string {
  // A title that the program wrote over its command line is one argument: `puma 5.6 (tcp://[::]:80)`, Chromium's.
  const [path = '', ...title] = program === executable ? [program] : program.split(' ');
  const text = [path.slice(path.lastIndexOf('/') + 1), ...title, ...rest].join(' ');
  return text.length <= LONGEST_COMMAND ? text : `${text.slice(0, LONGEST_COMMAND - 1)}…`;
}

/**
 * How many changes were committed between the samples: 0 means that no transaction ended with a commit,
 * so a lock seen in both was held by one transaction (or by ones that committed nothing). `null`: cannot tell.
 * WAL: iChange of the index (wal.c, walIndexWriteHdr). Rollback: the file change counter.
 */
export function commitsBetween(evidence: Evidence): number | null {
  const samples = bothSamples(evidence);
  if (!samples) return null;
  const [first, second] = samples.map(changeCount);
  if (first == null || second == null || !keptIndexFile(samples)) return null;
  return (second - first) >>> 0;
}

/** A file of 0 bytes has seen no commit. A WAL may be in use under a rollback header: see `lockingMode`. */
function changeCount(sample: Sample): number | null {
  if (lockingMode(sample) === 'rollback') return sample.header?.changeCounter ?? 0;
  return sample.walIndex?.content.kind === 'index' ? sample.walIndex.content.index.changeCount : null;
}

/**
 * Which locks apply. A WAL that lies beside a database whose header says rollback is used all the same
 * (pager.c, pagerOpenWalIfPresent), so whoever holds DMS is in WAL mode.
 */
export function lockingMode(sample: Sample): 'wal' | 'rollback' {
  const isWal = sample.header?.journalMode === 'wal' || holders(sample, 'DMS').length > 0;
  return isWal ? 'wal' : 'rollback';
}

/** A write lock on the database file, by the name of the state that it means (os.h, SQLITE_LOCK_RESERVED …). */
export type WriterLock = 'RESERVED' | 'PENDING' | 'EXCLUSIVE';

/** The strongest write lock of a process on the database file: EXCLUSIVE is one on the SHARED bytes. */
export function writerLock(sample: Sample, pid: Pid): WriterLock | null {
  const writes = (name: LockName) => holders(sample, name, 'WRITE').includes(pid);
  if (writes('SHARED')) return 'EXCLUSIVE';
  if (writes('PENDING')) return 'PENDING';
  return writes('RESERVED') ? 'RESERVED' : null;
}

/** How a sample saw a process; `null` if it did not. */
export function sightingOf(sample: Sample, pid: Pid): ProcessSighting | null {
  return sample.kernel.processes.find((process) => process.pid === pid) ?? null;
}

/** What a process had open of one file, whichever file now has that name included. */
export function descriptorsOf(sample: Sample, pid: Pid, file: Descriptor['file']): Descriptor[] {
  return (sightingOf(sample, pid)?.descriptors ?? []).filter((descriptor) => descriptor.file === file);
}
