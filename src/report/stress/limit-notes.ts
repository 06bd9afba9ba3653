/** How to read what was found of limits, and what is missing. */
import type { Limit, LimitAxis, LimitCurve, SearchedCurve } from '../../stress/limit-shapes.js';
import { plural } from '../../units.js';
import { AXIS_HEADS } from './limit.js';
import { formatRate } from './values.js';

/** How to read it, and what is missing. */
export function limitNotes({ cure, searches }: Limit): string[] {
  const curves = searches.flatMap(({ axis, asFound, cured }) => [
    { axis, side: '', curve: asFound },
    ...(cured === null ? [] : [{ axis, side: ` with ${cure}`, curve: cured }]),
  ]);
  const searched = curves.flatMap(({ curve }) => (curve.state === 'searched' ? [curve] : []));
  const isMean = searches.some(({ axis, of }) => axis === 'hold' && of === null);
  return [
    ...(searched.length === 0
      ? []
      : [[METHOD, ...(isMean ? [MEAN_HOLD] : []), ...(cure === null ? [] : [AS_FOUND])].join(' ')]),
    ...(searched.some(isWide) ? [WIDE] : []),
    ...(searched.some(({ complete }) => !complete)
      ? ['Interrupted: the search had not come to its end.']
      : []),
    ...(searched.some(fallsBehind) ? [FALLS_BEHIND] : []),
    ...new Set(searches.flatMap(({ notes, asFound }) => (asFound.state === 'searched' ? notes : []))),
    ...skippedTexts(curves),
    ...ratesReached(searches, cure),
  ];
}

interface OneCurve {
  readonly axis: LimitAxis;
  readonly side: string;
  readonly curve: LimitCurve;
}

/** What could not be searched for the same reason is told once. */
function skippedTexts(curves: readonly OneCurve[]): string[] {
  const skipped = curves.flatMap(({ axis, side, curve }) =>
    curve.state === 'skipped' ? [{ axis, side, reason: curve.reason }] : [],
  );
  return [...new Set(skipped.map(({ reason }) => reason))].map((reason) => {
    const alike = skipped.filter((one) => one.reason === reason);
    const names = alike.map(({ axis, side }) => {
      const sides = alike.filter((one) => one.axis === axis).length;
      return sides > 1 ? AXIS_HEADS[axis] : `${AXIS_HEADS[axis]}${side}`;
    });
    const text = `${[...new Set(names)].join(', ')} not searched: ${reason}.`;
    return text.charAt(0).toUpperCase() + text.slice(1);
  });
}

/** Where no rate can be stated, the one that came about is known. */
function ratesReached(searches: Limit['searches'], cure: string | null): string[] {
  const rate = searches.find(({ axis }) => axis === 'rate');
  const writers = searches.find(({ axis }) => axis === 'writers');
  if (rate?.asFound.state !== 'skipped' || writers === undefined) return [];
  return [writers.asFound, writers.cured].flatMap((curve, index) => {
    if (curve?.state !== 'searched') return [];
    const point = curve.points.find(({ value }) => value === curve.lastHeld);
    if (point === undefined) return [];
    const side = index === 1 ? `With ${cure}: ` : cure === null ? '' : 'As found: ';
    return [
      `${side}${formatRate(point.throughputPerSecond)} came about with ${plural(point.value, 'writer')}, the most that held.`,
    ];
  });
}

const METHOD =
  'Each is raised alone, the rest as it is; each value is one run, so that chance decides near the limit. The limit of all together is narrowed down (writers to a tenth, the others to a fifth), then that of each threshold that breaks later, in six more runs at most.';
const MEAN_HOLD = 'The hold is the mean that was measured.';
const WIDE = '8–16 says that it held at 8 and broke at 16: what lies between was not tried.';
const AS_FOUND =
  'Transactions, and the work inside, are those as found: a cure that puts several into one has as many rows to write, and does their work together.';
const FALLS_BEHIND =
  'Falls behind, and no longer keeps up: of the transactions that were due, more than 5% had not even begun when the run ended. No threshold says so, but no limit is beyond it.';

/** Not as near as could be: the search ended before. */
function isWide({ thresholds }: SearchedCurve): boolean {
  return thresholds.some(({ narrowed }) => !narrowed);
}

function fallsBehind({ points }: SearchedCurve): boolean {
  return points.some(({ keptUp }) => keptUp === false);
}

/** `more than 10 GB (the topic pipeline (batch-herd)): 8 MiB`. */
export function ruleTexts({ rulesOfThumb }: Limit): string[] {
  return rulesOfThumb.map(({ rule, from, measured }) => `${rule}, says ${from}. Here: ${measured}.`);
}
