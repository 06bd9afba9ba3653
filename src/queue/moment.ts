/** The moment as SQL, in the formats of queues: for statements that are run again and again. Pure. */
import type { Sql, TimeFormat } from './preset.js';

const PER_SECOND: Readonly<Record<string, string>> = {
  'unix-ms': '1e3',
  'unix-us': '1e6',
  'unix-ns': '1e9',
};
/** Between year 1 and 1970, in .NET's 100 ns. */
const TICKS_AT_1970 = '621355968000000000';

/** @param sample a text as the column has them; `null`: none is known */
export function momentSql(format: TimeFormat, sample: string | null, laterSeconds = 0): Sql {
  const later = laterSeconds === 0 ? '' : `, '+${laterSeconds} seconds'`;
  switch (format) {
    case 'text':
      return textMoment(sample ?? '2000-01-01 00:00:00', later);
    case 'unix-s':
      return `unixepoch('now'${later})`;
    case 'julian-day':
      return `julianday('now'${later})`;
    case 'ticks':
      return `${TICKS_AT_1970} + CAST(unixepoch('now', 'subsec'${later}) * 1e7 AS INTEGER)`;
    default:
      return `CAST(unixepoch('now', 'subsec'${later}) * ${PER_SECOND[format] ?? '1'} AS INTEGER)`;
  }
}

/** With the letter, the digits and the zone of the sample: `2026-11-21T08:00:00.000Z`. */
function textMoment(sample: string, later: string): Sql {
  const [, letter = ' ', digits = '', zone = ''] =
    /^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(?:\.(\d+))?(Z|\+00:00)?$/.exec(sample) ?? [];
  const seconds = digits === '' ? '%S' : '%f';
  const text = `strftime('%Y-%m-%d${letter}%H:%M:${seconds}', 'now'${later})`;
  const tail = `${'0'.repeat(Math.max(0, digits.length - 3))}${zone}`;
  return tail === '' ? text : `${text} || '${tail}'`;
}

/** `{now:…}` of a preset as the moment of each run, where `writeNow` gives one for all. */
export function withMoments(sql: Sql): Sql {
  return sql
    .replace(/'\{now:(YYYY-[^}]+)\}'/g, (_, pattern: string) => `(${patternMoment(pattern)})`)
    .replace(/\{now:(unix-[a-z]+)\}/g, (_, format: string) => unixMoment(format));
}

function unixMoment(format: string): Sql {
  const perSecond = PER_SECOND[format];
  return perSecond === undefined
    ? 'unixepoch()'
    : `CAST(unixepoch('now', 'subsec') * ${perSecond} AS INTEGER)`;
}

/** `YYYY-MM-DD HH:MM:SS.ffffff`: the digits become zeros, so that it is a sample of itself. */
function patternMoment(pattern: string): Sql {
  const sample = pattern.replace('YYYY-MM-DD', '2000-01-01').replace('HH:MM:SS', '00:00:00');
  return textMoment(sample.replace(/f/g, '0'), '');
}
