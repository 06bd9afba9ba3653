import { dirname } from 'node:path';
import { known } from '../known.js';
import type { LockObserver } from '../locks/platform.js';
import { FileProblem } from '../sqlite/errors.js';
import { fileSystemOf, overlaysIn, readMountinfo } from '../sqlite/file-system.js';
import { replaced, statFile } from '../sqlite/files.js';
import { readSchema } from '../sqlite/schema.js';
import { scanWal } from '../sqlite/wal-scan.js';
import type { Milliseconds } from '../units.js';
import { attachedPids, trustedIndex } from './questions.js';
import { type Sampled, type SampleTarget, type SampleTools, sampleAll } from './sampling.js';
import type { Declared, Evidence, Sample } from './shapes.js';

export interface GatherOptions extends SampleTools {
  readonly platform: string;
  readonly observer: LockObserver;
  readonly sleep: (ms: Milliseconds) => Promise<void>;
  /** Between the two samples of a database that somebody has open. */
  readonly intervalMs: Milliseconds;
  readonly declared: Declared;
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
  const mountinfo = readMountinfo();
  const targets = paths.map((path) => targetOf(path, mountinfo));
  const first = sampleAll(targets, 'files-first', options);
  const live = targets.filter((_, index) => deservesSecondSample(first[index]));
  if (live.length > 0) await options.sleep(options.intervalMs);
  const second = new Map(
    sampleAll(live, 'locks-first', options).map((sampled, index) => [live[index], sampled]),
  );
  return targets.map((target, index) => {
    const samples = joinSamples(target, first[index], second.get(target));
    return samples instanceof FileProblem ? samples : assemble(target, samples, mountinfo, options);
  });
}

function targetOf(path: string, mountinfo: string | null): SampleTarget {
  const fileSystem = fileSystemOf(path, mountinfo);
  return { path, fileSystem: fileSystem.known ? fileSystem.value : null };
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

function assemble(
  { path }: SampleTarget,
  samples: Sample[],
  mountinfo: string | null,
  { platform, observer, declared }: GatherOptions,
): Evidence | FileProblem {
  const last = samples.at(-1);
  const folder = statFile(dirname(path));
  if (!last || !folder) return replaced(path);
  const index = trustedIndex(last);
  return {
    schema: 'dblock.evidence/1',
    path,
    platform,
    folder,
    samples,
    processes: observer.describe([...new Set(samples.flatMap(attachedPids))]),
    fileSystem: fileSystemOf(path, mountinfo),
    overlays: overlaysIn(mountinfo ?? ''),
    walScan:
      last.wal && last.wal.content.kind !== 'empty' && last.header ? scanWal(path, index) : null,
    schemaObjects: last.header ? readSchema(path, last.header, index) : known([]),
    declared,
  };
}
