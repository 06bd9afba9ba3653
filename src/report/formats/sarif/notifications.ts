import { CRASHED } from '../../prose.js';
import type { DoctorReport } from '../../report.js';
import type { FormatContext } from '../format.js';
import { plainText } from './message.js';
import { locationsOf } from './place.js';

/** What dblock could not do: errors make the report incomplete, notes are checks that could not look. */
export function notificationsOf({ databases, unexamined }: DoctorReport, { cwd }: FormatContext): object[] {
  const missed = unexamined.map(({ path, reason }) => ({
    level: 'error',
    message: { text: plainText([`Not examined: ${reason}`]) },
    locations: locationsOf(cwd, path),
  }));
  const outcomes = databases.flatMap((database) =>
    database.outcomes.map((outcome) => ({ locations: locationsOf(cwd, database.path), outcome })),
  );
  const unfinished = outcomes.flatMap(({ outcome, locations }) => {
    const associatedRule = { id: outcome.id };
    if (outcome.outcome === 'crashed') {
      const text = plainText([`A check crashed: ${outcome.reason}`, CRASHED]);
      return [{ level: 'error', message: { text }, locations, associatedRule }];
    }
    if (outcome.outcome !== 'skipped') return [];
    const text = plainText([`Skipped: ${outcome.reason}`]);
    return [{ level: 'note', message: { text }, locations, associatedRule }];
  });
  return [...missed, ...unfinished];
}
