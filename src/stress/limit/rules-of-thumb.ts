/** What the authors of the incidents go by when they ask whether to leave SQLite. None of it is about the write lock. */
import { type Bytes, formatBytes, plural } from '../../units.js';
import type { Limit, LimitCurve } from '../limit-shapes.js';
import type { RunResult } from '../run-shapes.js';

type LimitSearch = Limit['searches'][number];

export interface Findings {
  readonly writers: LimitSearch | null;
  /** Of the load as it is. */
  readonly run: RunResult;
  /** Of the database; `null`: it is a scratch one. */
  readonly bytes: Bytes | null;
}

const PIPELINE = 'the topic pipeline (batch-herd)';
const LIBRARY = 'the music library (long-scan)';

export function rulesOfThumb({ writers, run, bytes }: Findings): Limit['rulesOfThumb'] {
  const size = bytes === null ? 'a scratch database' : `${formatBytes(bytes)}; no threshold is about size`;
  return [
    { rule: 'more than 100 concurrent writers', from: PIPELINE, measured: writersText(writers) },
    {
      rule: 'more than 10 users at once',
      from: LIBRARY,
      measured: 'a user is no writer; what users do is the rate',
    },
    { rule: 'more than 10 GB', from: PIPELINE, measured: size },
    { rule: 'more than 500 MB', from: LIBRARY, measured: size },
    {
      rule: 'failures that stay above 5% of writes',
      from: LIBRARY,
      measured: `${Number((run.counters.failureRate * 100).toFixed(2))}% with the load as it is`,
    },
  ];
}

function writersText(search: LimitSearch | null): string {
  if (search === null) return 'not searched';
  const { asFound, cured } = search;
  return cured === null ? curveText(asFound) : `as found ${curveText(asFound)}; cured ${curveText(cured)}`;
}

function curveText(curve: LimitCurve): string {
  if (curve.state === 'skipped') return 'not searched';
  const { lastHeld, firstBroken } = curve;
  if (firstBroken === null) return lastHeld === null ? 'not known' : `held up to ${lastHeld}, the most tried`;
  return lastHeld === null
    ? `broke with ${plural(firstBroken, 'writer')} already`
    : `held up to ${lastHeld}, broke at ${firstBroken}`;
}
