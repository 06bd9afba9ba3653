import { dirname } from 'node:path';
import { known, unknown } from '../known.js';
import type { LockObserver } from '../locks/platform.js';
import type { AttachedProcess, KernelSample } from '../locks/shapes.js';
import { observeDotfileLock } from '../sqlite/dotfile-lock.js';
import { FileProblem } from '../sqlite/errors.js';
import {
  fileSystemOf,
  type Mountinfo,
  overlaysIn,
  parseMountinfo,
  readMountinfo,
} from '../sqlite/file-system.js';
import { replaced, statFile } from '../sqlite/files.js';
import { findMissingPages } from '../sqlite/missing-pages.js';
import { readSchema } from '../sqlite/schema.js';
import type { WalScan } from '../sqlite/shapes.js';
import { scanWal } from '../sqlite/wal-scan.js';
import type { Milliseconds, Pid } from '../units.js';
import type { DeepOptions } from './deep.js';
import { waitForLetGo } from './let-go.js';
import { attachedPids, trustedIndex } from './questions.js';
import { orProblem, type Sampled, type SampleTarget, type SampleTools, sampleAll } from './sampling.js';
import { readSchemaFacts } from './schema-facts.js';
import type { Declared, Evidence, LetGo, Sample } from './shapes.js';

export interface GatherOptions extends SampleTools {
  readonly platform: string;
  readonly observer: LockObserver;
  readonly sleep: (ms: Milliseconds) => Promise<void>;
  /** Between the two samples of a database that somebody has open. */
  readonly intervalMs: Milliseconds;
  readonly declared: Declared;
  /** Whether to ask what the schema says about queries. */
  readonly schemaFacts: boolean;
  /** Reads the claims on jobs without touching the database; absent: nobody asked. */
  readonly readQueues?: (evidence: Evidence) => Promise<NonNullable<Evidence['queues']>>;
  /** `null`: no private copies. */
  readonly deep: DeepOptions | null;
}

/**
 * Takes a dated snapshot of each database, without a lock and without a connection. Databases that somebody has
 * open are sampled twice, with one wait for all of them. A database that cannot be examined becomes a FileProblem
 * in its place and stops no other.
 */
export async function gatherEvidence(
  paths: readonly string[],
  options: GatherOptions,
): Promise<(Evidence | FileProblem)[]> {
  const text = readMountinfo();
  const mountinfo = text === null ? null : parseMountinfo(text);
  const targets = paths.map((path) => targetOf(path, mountinfo));
  const first = sampleAll(targets, 'files-first', options);
  const live = targets.filter((_, index) => deservesSecondSample(first[index]));
  // Describing processes may take as long as the wait: some are searched for the SQLite inside them.
  const looked = live.flatMap((target) => kernelOf(first[targets.indexOf(target)]) ?? []);
  const waited = live.length > 0 ? waitForLetGo(looked, options.intervalMs, options, options.observer) : null;
  const early = describeProcesses(first, new Map(), options.observer);
  const letGo = new Map((await waited)?.map((names, index) => [live[index], names]));
  const later = sampleAll(live, 'locks-first', options);
  const processes = describeProcesses(later, early, options.observer);
  const second = new Map(later.map((sampled, index) => [live[index], sampled]));
  const assembled = targets.map((target, index) => {
    const samples = joinSamples(target, first[index], second.get(target));
    return samples instanceof FileProblem
      ? samples
      : orProblem(() =>
          assemble({ target, samples, processes, mountinfo, letGo: letGo.get(target) ?? [] }, options),
        );
  });
  return inTurn(assembled, (evidence) => completed(evidence, options));
}

/** One database after the other: a private copy at a time is enough. */
async function inTurn(
  assembled: readonly (Evidence | FileProblem)[],
  complete: (evidence: Evidence) => Promise<Evidence>,
): Promise<(Evidence | FileProblem)[]> {
  const results: (Evidence | FileProblem)[] = [];
  for (const result of assembled) {
    results.push(result instanceof FileProblem ? result : await complete(result));
  }
  return results;
}

/** Adds what needs SQLite: from here on no database is opened as a file in this process. */
async function completed(
  evidence: Evidence,
  { schemaFacts, readQueues, deep }: GatherOptions,
): Promise<Evidence> {
  return {
    ...evidence,
    // rows are read as bytes: before anything else of this database
    ...(readQueues ? { queues: await readQueues(evidence) } : {}),
    schemaFacts: schemaFacts ? await readSchemaFacts(evidence.schemaObjects) : evidence.schemaFacts,
    deep: deep && (await (await import('./deep.js')).examineDeeply(evidence, deep)),
  };
}

type Processes = ReadonlyMap<Pid, AttachedProcess>;

/** Adds the processes that the samples show for the first time. */
function describeProcesses(sampled: readonly Sampled[], known: Processes, observer: LockObserver): Processes {
  const pids = new Set(
    sampled.flatMap((result) => (result instanceof FileProblem ? [] : attachedPids(result))),
  );
  const fresh = observer.describe([...pids].filter((pid) => !known.has(pid)));
  return new Map([...known, ...fresh.map((process) => [process.pid, process] as const)]);
}

function targetOf(path: string, mountinfo: Mountinfo): SampleTarget {
  const fileSystem = fileSystemOf(path, mountinfo);
  return { path, fileSystem: fileSystem.known ? fileSystem.value : null };
}

function kernelOf(sampled: Sampled | undefined): KernelSample | null {
  return !sampled || sampled instanceof FileProblem ? null : sampled.kernel;
}

/** An active journal without a writer may be one that is just being committed: worth a second look too. */
function deservesSecondSample(sampled: Sampled | undefined): boolean {
  if (!sampled || sampled instanceof FileProblem) return false;
  return attachedPids(sampled).length > 0 || sampled.journal?.content.kind === 'active';
}

function joinSamples(
  target: SampleTarget,
  first: Sampled | undefined,
  second: Sampled | undefined,
): Sample[] | FileProblem {
  if (!first || first instanceof FileProblem) return first ?? replaced(target.path);
  if (!second) return [first];
  if (second instanceof FileProblem) return second;
  return second.database.inode === first.database.inode ? [first, second] : replaced(target.path);
}

interface Parts {
  readonly target: SampleTarget;
  readonly samples: Sample[];
  readonly processes: Processes;
  readonly letGo: LetGo[];
  readonly mountinfo: Mountinfo;
}

function assemble(
  { target: { path }, samples, processes, mountinfo, letGo }: Parts,
  { platform, declared }: GatherOptions,
): Evidence | FileProblem {
  const last = samples.at(-1);
  const folder = statFile(dirname(path));
  if (!last || !folder) return replaced(path);
  const index = trustedIndex(last);
  const walScan = last.wal && last.wal.content.kind !== 'empty' && last.header ? scanWal(path, index) : null;
  const missing = walScan?.known ? findMissing(path, last, walScan.value) : null;
  if (missing) return missing;
  return {
    schema: 'dblock.evidence/1',
    path,
    platform,
    folder,
    samples,
    ...(samples.length > 1 ? { letGo } : {}),
    processes: [...new Set(samples.flatMap(attachedPids))].flatMap((pid) => processes.get(pid) ?? []),
    fileSystem: fileSystemOf(path, mountinfo),
    overlays: overlaysIn(mountinfo ?? ''),
    walScan,
    schemaObjects: last.header ? readSchema(path, last.header, index) : known([]),
    dotfileLock: observeDotfileLock(path),
    schemaFacts: unknown('nobody asked what the schema says about queries'),
    deep: null,
    declared,
  };
}

/** Only where nothing has changed since the header was read: a checkpoint changes it and the file after each other. */
function findMissing(path: string, sample: Sample, scan: WalScan): FileProblem | null {
  const { header, database } = sample;
  const now = statFile(path);
  const isStill = now?.bytes === database.bytes && now.modifiedAtMs === database.modifiedAtMs;
  if (!header || !isStill || attachedPids(sample).length > 0) return null;
  return findMissingPages(path, header, now.bytes, scan);
}
