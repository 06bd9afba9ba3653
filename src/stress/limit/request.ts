/** What `--find-limit` is to raise: `writers`, `rate`, `hold`, with commas between; a number is the most writers. */
import type { LimitAxis } from '../limit-shapes.js';
import { type Misread, misread } from '../misread.js';

export interface LimitRequest {
  readonly kind: 'limits';
  readonly axes: readonly LimitAxis[];
  readonly mostWriters: number;
}

const AXES = ['writers', 'rate', 'hold'] as const satisfies readonly LimitAxis[];
/** As many as a server has processes, or more. */
const USUAL_MOST = 64;

export const EVERY_LIMIT: LimitRequest = { kind: 'limits', axes: AXES, mostWriters: USUAL_MOST };

/** @param limit what `--writers` may be at most */
export function parseLimitRequest(text: string, limit: number): LimitRequest | Misread {
  const found = new Set<LimitAxis>();
  let mostWriters = USUAL_MOST;
  for (const part of text.split(',').map((one) => one.trim().toLowerCase())) {
    const [, name = '', digits] = /^([a-z]*)\(?(\d{1,9})?\)?$/.exec(part) ?? [];
    const axis = AXES.find((candidate) => candidate === name);
    if (axis === undefined && (name !== '' || digits === undefined)) return unknown(part);
    if (digits !== undefined) {
      if (axis === 'rate' || axis === 'hold') return misread(`${axis} takes no number.`);
      mostWriters = Number(digits);
    }
    if (axis !== undefined) found.add(axis);
  }
  if (mostWriters < 1 || mostWriters > limit)
    return misread(`The most writers are a whole number from 1 to ${limit}.`);
  const axes = found.size === 0 ? AXES : AXES.filter((axis) => found.has(axis));
  return { kind: 'limits', axes, mostWriters };
}

function unknown(part: string): Misread {
  return misread('It takes writers, rate, hold or several with commas between, or the most writers to try.', {
    given: part,
    candidates: AXES,
  });
}
