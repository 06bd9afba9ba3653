import type { LockObserver } from '../locks/platform.js';
import type { KernelSample } from '../locks/shapes.js';
import type { WatchedDatabase } from '../locks/watched.js';
import { FileProblem } from '../sqlite/errors.js';
import { statFile, vanished } from '../sqlite/files.js';
import { type ObservedFiles, observeFiles } from '../sqlite/observe.js';
import type { FileIdentity, FileSystem } from '../sqlite/shapes.js';
import type { Milliseconds } from '../units.js';
import type { Sample } from './shapes.js';

/** A database to be sampled. */
export interface SampleTarget {
  readonly path: string;
  readonly fileSystem: FileSystem | null;
}

/**
 * In which order files and kernel are read. The first sample reads files first and the second locks first, so
 * that the file observations enclose the lock observations: what both files agree on held during both looks.
 */
export type SampleOrder = 'files-first' | 'locks-first';

export interface SampleTools {
  readonly observer: LockObserver;
  /** Unix time in milliseconds. */
  now(): Milliseconds;
}

export type Sampled = Sample | FileProblem;

/** Sidecars come and go with the connections of others; a sample that saw half of that is taken again. */
const MAX_ATTEMPTS = 5;

/** One sample, or problem, of each target, in order. The kernel's tables are walked once for all of them. */
export function sampleAll(
  targets: readonly SampleTarget[],
  order: SampleOrder,
  tools: SampleTools,
): Sampled[] {
  const results = new Map<SampleTarget, Sampled>();
  let pending = targets;
  for (let attempt = 0; attempt < MAX_ATTEMPTS && pending.length > 0; attempt += 1) {
    const attempts = sampleOnce(pending, order, tools);
    for (const { target, result } of attempts) results.set(target, result);
    pending = attempts.filter(({ settled }) => !settled).map(({ target }) => target);
  }
  return targets.flatMap((target) => results.get(target) ?? []);
}

interface Attempt {
  readonly target: SampleTarget;
  readonly result: Sampled;
  /** false: a file came or went between the two looks. */
  readonly settled: boolean;
}

/** What is known before the kernel is asked. */
interface Look {
  readonly target: SampleTarget;
  readonly watched: WatchedDatabase;
  readonly files: ObservedFiles | null;
}

function sampleOnce(targets: readonly SampleTarget[], order: SampleOrder, tools: SampleTools): Attempt[] {
  const looks = targets.map((target) => orProblem(() => lookFirst(target, order)));
  const watched = looks.flatMap((look) => (look instanceof FileProblem ? [] : look.watched));
  const kernels = tools.observer.observe(watched).values();
  const atMs = tools.now();
  return targets.map((target, index) => {
    const look = looks[index];
    if (!look || look instanceof FileProblem)
      return { target, result: look ?? vanished(target.path), settled: true };
    return lookAgain(look, kernels.next().value, atMs);
  });
}

function lookFirst(target: SampleTarget, order: SampleOrder): Look {
  if (order === 'locks-first') return { target, watched: watchPath(target), files: null };
  const files = observeFiles(target.path);
  return { target, watched: watchFiles(target, files), files };
}

function lookAgain(
  { target, watched, files }: Look,
  kernel: KernelSample | undefined,
  atMs: Milliseconds,
): Attempt {
  const result = orProblem(() => files ?? observeFiles(target.path));
  if (result instanceof FileProblem || !kernel) {
    return { target, result: result instanceof FileProblem ? result : vanished(target.path), settled: true };
  }
  const after = orProblem(() => (files ? watchPath(target) : watchFiles(target, result)));
  const settled = !(after instanceof FileProblem) && sameFiles(watched, after);
  return { target, result: { atMs, ...result, kernel }, settled };
}

function watchFiles({ path, fileSystem }: SampleTarget, files: ObservedFiles): WatchedDatabase {
  const { database, wal, walIndex, journal } = files;
  return {
    path,
    fileSystem,
    database,
    wal: wal?.file ?? null,
    shm: walIndex?.file ?? null,
    journal: journal?.file ?? null,
  };
}

function watchPath(target: SampleTarget): WatchedDatabase {
  const { path, fileSystem } = target;
  const database = statFile(path);
  if (!database) throw vanished(target.path);
  const [wal = null, shm = null, journal = null] = ['-wal', '-shm', '-journal'].map((suffix) =>
    statFile(path + suffix),
  );
  return { path, fileSystem, database, wal, shm, journal };
}

const WATCHED_FILES = ['database', 'wal', 'shm', 'journal'] as const;

function sameFiles(one: WatchedDatabase, other: WatchedDatabase): boolean {
  return WATCHED_FILES.every((file) => isSame(one[file], other[file]));
}

function isSame(one: FileIdentity | null, other: FileIdentity | null): boolean {
  return one?.device === other?.device && one?.inode === other?.inode;
}

/** What it returns, or the `FileProblem` that it throws. */
export function orProblem<T>(read: () => T): T | FileProblem {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    // It was there when the databases were chosen.
    return error.kind === 'missing' ? vanished(error.path) : error;
  }
}
