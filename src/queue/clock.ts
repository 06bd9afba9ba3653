/** Times as queues write them. Pure: the time of now is handed in. */
import type { Milliseconds } from '../units.js';
import type { TimeFormat } from './preset.js';

/** Between year 1 and 1970: .NET counts from the former, in 100 ns. */
const TICKS_AT_1970 = 621_355_968_000_000_000;
const TICKS_PER_MS = 10_000;
/** Julian day of 1970-01-01T00:00Z. */
const JULIAN_AT_1970 = 2_440_587.5;
const DAY_MS = 86_400_000;

/** What a text without a zone means: UTC, or the local time of a zone; `null`: nobody knows. */
export type Zone = 'utc' | { readonly timeZone: string } | null;

export type ReadTime =
  | { readonly kind: 'time'; readonly ms: Milliseconds }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly reason: string };

const NUMBERS: Readonly<Record<Exclude<TimeFormat, 'text'>, (value: number) => Milliseconds>> = {
  'unix-s': (value) => value * 1000,
  'unix-ms': (value) => value,
  'unix-us': (value) => value / 1000,
  'unix-ns': (value) => value / 1e6,
  ticks: (value) => (value - TICKS_AT_1970) / TICKS_PER_MS,
  'julian-day': (value) => (value - JULIAN_AT_1970) * DAY_MS,
};

/** A value of the database as Unix time in milliseconds. */
export function readTime(value: unknown, format: TimeFormat, zone: Zone): ReadTime {
  if (value === null || value === undefined) return { kind: 'none' };
  if (format === 'text') return readText(String(value), zone);
  const number = typeof value === 'number' ? value : Number(String(value));
  if (String(value).trim() === '' || !Number.isFinite(number)) return unreadable(value, format);
  return { kind: 'time', ms: NUMBERS[format](number) };
}

function unreadable(value: unknown, format: TimeFormat): ReadTime {
  return {
    kind: 'unreadable',
    reason: `${JSON.stringify(String(value))} is no time of the format ${format}`,
  };
}

const TEXT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;

function readText(text: string, zone: Zone): ReadTime {
  const match = TEXT.exec(text.trim());
  if (!match) return unreadable(text, 'text');
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const fraction = Number(`0.${match[7] ?? 0}`) * 1000;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second) + fraction;
  const suffix = match[8]?.toUpperCase();
  if (suffix === 'Z' || suffix === 'UTC') return { kind: 'time', ms: asUtc };
  if (suffix) return { kind: 'time', ms: asUtc - offsetMs(suffix) };
  if (zone === null) {
    return { kind: 'unreadable', reason: `${JSON.stringify(text)} names no zone: --tz says which it is` };
  }
  return { kind: 'time', ms: zone === 'utc' ? asUtc : fromLocal(asUtc, zone.timeZone) };
}

/** A zone of its own: `+02:00`. */
export const OFFSET = /^[+-]\d\d(?::?\d\d)?$/;

/** `+02:00`, `-0530`, `+02`. */
function offsetMs(suffix: string): Milliseconds {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(suffix) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
}

/** The later of two times where clocks are put back: a claim must not seem older than it is. */
function fromLocal(local: Milliseconds, timeZone: string): Milliseconds {
  const candidates = [-DAY_MS, 0, DAY_MS].map((shift) => local - zoneOffsetMs(local + shift, timeZone));
  const exact = candidates.filter((ms) => ms + zoneOffsetMs(ms, timeZone) === local);
  return Math.max(...(exact.length > 0 ? exact : candidates));
}

/** How far a zone is ahead of UTC at a moment. */
export function zoneOffsetMs(ms: Milliseconds, timeZone: string): Milliseconds {
  // Intl knows these from Node 22 on
  if (OFFSET.test(timeZone)) return offsetMs(timeZone);
  const whole = Math.floor(ms / 1000) * 1000;
  const parts = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  }).formatToParts(new Date(whole));
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const shown = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return shown - whole;
}

/** `{now:…}` of a preset, as it stands in SQL: `unix-s` and the like as a number, a pattern as text in UTC. */
export function writeNow(format: string, nowMs: Milliseconds): string {
  const whole = Math.floor(nowMs);
  switch (format) {
    case 'unix-s':
      return String(Math.floor(whole / 1000));
    case 'unix-ms':
      return String(whole);
    case 'unix-us':
      return `${whole}000`;
    case 'unix-ns':
      return `${whole}000000`;
    default:
      return writePattern(format, new Date(whole));
  }
}

function writePattern(pattern: string, date: Date): string {
  const iso = date.toISOString();
  return pattern
    .replace('YYYY', iso.slice(0, 4))
    .replace('MM', iso.slice(5, 7))
    .replace('DD', iso.slice(8, 10))
    .replace('HH', iso.slice(11, 13))
    .replace('MM', iso.slice(14, 16))
    .replace('SS', iso.slice(17, 19))
    .replace(/f+/, (fraction) => iso.slice(20, 23).padEnd(fraction.length, '0').slice(0, fraction.length));
}
