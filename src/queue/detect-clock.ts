/** The format of a time column, from its values. Pure. */
import { readTime } from './clock.js';
import type { TimeFormat } from './preset.js';

/** Between 2001 and 2100, in each unit; no two of these ranges touch. */
const RANGES: readonly [format: TimeFormat, least: number, most: number][] = [
  ['julian-day', 2_451_910, 2_488_070],
  ['unix-s', 978_307_200, 4_102_444_800],
  ['unix-ms', 978_307_200_000, 4_102_444_800_000],
  ['unix-us', 978_307_200_000_000, 4_102_444_800_000_000],
  ['ticks', 631_139_040_000_000_000, 662_380_416_000_000_000],
  ['unix-ns', 978_307_200_000_000_000, 4_102_444_800_000_000_000],
];

/** `null`: the values fit no format, or not all of them the same. */
export function detectFormat(values: readonly unknown[]): TimeFormat | null {
  const formats = new Set(
    values.filter((value) => value !== null && value !== '' && value !== 0).map(formatOf),
  );
  const [only] = formats;
  return formats.size === 1 && only !== undefined ? only : null;
}

function formatOf(value: unknown): TimeFormat | null {
  const number = Number(String(value));
  if (Number.isFinite(number)) {
    return RANGES.find(([, least, most]) => number >= least && number <= most)?.[0] ?? null;
  }
  // a zone does not matter here: only whether it is a time at all
  return readTime(value, 'text', 'utc').kind === 'time' ? 'text' : null;
}
