/** `--find-limit`: raises writers, rate and hold, one at a time, until thresholds break; with a cure beside it. */
import { pointOf } from '../../stress/limit/curve.js';
import { notesOf, ownersOf } from '../../stress/limit/notes.js';
import type { LimitRequest } from '../../stress/limit/request.js';
import { rulesOfThumb } from '../../stress/limit/rules-of-thumb.js';
import { sentenceOf } from '../../stress/limit/sentence.js';
import { cured, type Subject } from '../../stress/limit/subject.js';
import type { Limit, LimitAxis } from '../../stress/limit-shapes.js';
import type { Played } from '../../stress/played.js';
import type { Bytes } from '../../units.js';
import { advance, begin, ended, INTERRUPTED, type Side } from './explore.js';
import type { Director, Rounds } from './rounds.js';

export interface Cure {
  /** Remedies joined with `+`. */
  readonly name: string;
  /** What there is nothing to do for, it leaves as it is. */
  apply(played: Played): Played;
}

export interface Limits {
  readonly request: LimitRequest;
  /** `null`: only as found. */
  readonly cure: Cure | null;
  /** Of the database; `null`: it is a scratch one. */
  readonly bytes: Bytes | null;
}

interface Sides {
  readonly found: Side;
  readonly cured: Side | null;
}

/** The runs are those of the load as it is. Interrupted, it says what was found until then. */
export async function findLimits(limits: Limits, director: Director): Promise<Rounds> {
  const { played: asFound, signal } = director;
  const { request, cure, bytes } = limits;
  const found = await startSide('as found', { asFound, cure: null }, director);
  const other =
    cure === null || signal.aborted
      ? null
      : await startSide('cured', { asFound, cure: (played) => cure.apply(played) }, director);
  const sides = { found, cured: signal.aborted ? null : other };
  const searches: Limit['searches'] = [];
  for (const axis of request.axes) {
    searches.push(await searchAxis(axis, sides, limits, director));
  }
  const writers = searches.find(({ axis }) => axis === 'writers') ?? null;
  const limit = {
    ...{ cure: cure?.name ?? null, searches },
    rulesOfThumb: rulesOfThumb({ run: found.reference, bytes, writers }),
  };
  return {
    ...{ runs: [found.reference], comparison: null, load: asFound.load },
    limit: { ...limit, sentence: sentenceOf(referencesOf(sides, searches, director), limit) },
  };
}

async function startSide(name: string, subject: Subject, { run }: Director): Promise<Side> {
  const reference = await run(cured(subject, subject.asFound), `${name}, the load as it is`);
  return { name, subject, reference };
}

/** What the answer speaks of: the load as it is, on each side. */
function referencesOf(
  { found, cured: other }: Sides,
  searches: Limit['searches'],
  { signal, thresholds }: Director,
) {
  const referenceOf = (side: Side | null) =>
    side === null ? null : pointOf(0, { load: side.subject.asFound.load, run: side.reference }, thresholds);
  const isWhole = !signal.aborted || searches.some(({ asFound: curve }) => curve.state === 'searched');
  return { asFound: isWhole ? referenceOf(found) : null, cured: referenceOf(other) };
}

/** Both sides in turn, so that what slows the machine slows both. */
async function searchAxis(
  axis: LimitAxis,
  { found, cured: other }: Sides,
  { request, cure }: Limits,
  director: Director,
): Promise<Limit['searches'][number]> {
  const explorations = [found, ...(other === null ? [] : [other])].map((side) =>
    begin(axis, side, request, director),
  );
  const open = () =>
    explorations.flatMap((one) => ('next' in one && !one.next.done && one.untold === null ? [one] : []));
  while (open().length > 0 && !director.signal.aborted) {
    for (const exploration of open()) if (!director.signal.aborted) await advance(exploration, director);
  }
  const [asFound = INTERRUPTED, after] = explorations.map((one) => ended(one, director));
  const { subject } = other ?? found;
  return {
    ...{ axis, of: ownersOf(axis, found.subject), notes: notesOf(axis, subject, cure?.name ?? null) },
    ...{ asFound, cured: cure === null ? null : (after ?? INTERRUPTED) },
  };
}
