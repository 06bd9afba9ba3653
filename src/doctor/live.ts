/** What every check about this moment asks before it looks: is somebody there, and can that be told? */
import type { View } from '../locks/shapes.js';
import type { WalIndex } from '../sqlite/shapes.js';
import { facts, type Inspection, inapplicable, skipped } from './check.js';
import { attachedPids, bothSamples, lastSample, lockingMode, locksView, trustedIndex } from './questions.js';
import type { Evidence, Sample } from './shapes.js';

/** Files before locks, then locks before files: what both files agree on held during both looks at the locks. */
export type SamplePair = readonly [Sample, Sample];

/** Looks if some sample saw somebody attached. */
export function ifAttached<F>(evidence: Evidence, view: View, look: () => Inspection<F>): Inspection<F> {
  if (evidence.samples.some((sample) => attachedPids(sample).length > 0)) return look();
  return view.complete ? inapplicable('nobody has the database open') : skipped(view.reason);
}

/** Looks if somebody is attached and there are two samples to compare. */
export function ifSampledTwice<F>(
  evidence: Evidence,
  view: View,
  look: (samples: SamplePair) => Inspection<F>,
): Inspection<F> {
  return ifAttached(evidence, view, () => {
    const samples = bothSamples(evidence);
    return samples ? look(samples) : skipped('there is only one sample, so nothing can be said about time');
  });
}

export function ifWalMode<F>(evidence: Evidence, look: () => Inspection<F>): Inspection<F> {
  const isWal = lockingMode(lastSample(evidence)) === 'wal';
  return isWal ? look() : inapplicable('the database is not in WAL mode');
}

/** Looks if a WAL database is in use and both samples could read its WAL index. */
export function ifWalIndex<F>(
  evidence: Evidence,
  look: (samples: SamplePair, indexes: readonly [WalIndex, WalIndex]) => Inspection<F>,
): Inspection<F> {
  const view = locksView(evidence);
  const compare = (samples: SamplePair) => {
    const [first, last] = samples.map(trustedIndex);
    return first && last ? look(samples, [first, last]) : withoutIndex(samples, view);
  };
  return ifAttached(evidence, view, () => ifWalMode(evidence, () => ifSampledTwice(evidence, view, compare)));
}

function withoutIndex(samples: SamplePair, view: View): Inspection<never> {
  const sample = samples.find((candidate) => !trustedIndex(candidate));
  const content = sample?.walIndex?.content;
  if (!content)
    return inapplicable(
      'there is no -shm file: nobody has used the WAL yet, or one process keeps its index in memory (exclusive-locking)',
    );
  if (content.kind === 'initialising') return skipped('the WAL index was being built');
  if (content.kind !== 'index') return skipped(`the WAL index could not be read: ${content.reason}`);
  return skipped(view.complete ? 'nobody holds DMS, so the WAL index may be out of date' : view.reason);
}

/** Facts; but where nothing was found and not everything could be seen, absence proves nothing. */
export function factsIfSeen<F>(value: F, isSeen: boolean, view: View): Inspection<F> {
  return isSeen || view.complete ? facts(value) : skipped(view.reason);
}
