/** What was not true of the data while limits were sought. */
import type { LimitAxis, LimitCurve } from '../../stress/limit-shapes.js';
import { formatDuration, plural } from '../../units.js';
import type { StressReport } from '../report.js';
import { plainRate } from './limit.js';

export interface LimitBreach {
  /** Of what must be true of the data. */
  readonly id: string;
  /** `with 8 writers, as found`. */
  readonly where: string;
}

/** What was not true while limits were sought, each where it was first; but not what the load as it is breaks as found. */
export function limitBreaches({ limit, runs }: Pick<StressReport, 'limit' | 'runs'>): LimitBreach[] {
  if (limit === null) return [];
  const known = new Set(
    runs.flatMap(({ truth }) => truth.flatMap(({ id, state }) => (state === 'broken' ? [id] : []))),
  );
  return limit.searches.flatMap(({ axis, asFound, cured }) => [
    ...breachesIn(axis, asFound, limit.cure === null ? '' : ', as found').filter(({ id }) => !known.has(id)),
    ...breachesIn(axis, cured, `, with ${limit.cure}`),
  ]);
}

function breachesIn(axis: LimitAxis, curve: LimitCurve | null, side: string): LimitBreach[] {
  if (curve?.state !== 'searched') return [];
  const ids = [...new Set(curve.points.flatMap(({ untrue }) => untrue))];
  return ids.flatMap((id) => {
    const first = curve.points.find(({ untrue }) => untrue.includes(id));
    return first === undefined ? [] : [{ id, where: `${WHERE[axis](first.value)}${side}` }];
  });
}

const WHERE = {
  writers: (value: number) => `with ${plural(value, 'writer')}`,
  rate: (value: number) => `at ${plainRate(value)}`,
  hold: (value: number) => `with ${formatDuration(value)} of work inside a transaction`,
} as const satisfies Record<LimitAxis, (value: number) => string>;
