import { plural } from '../units.js';

/** More would bury the point; the facts of the finding have them all. */
const MOST_NAMED = 5;

/** `a, b and 3 others`; all of them where there are few. */
export function listSome(names: readonly string[]): string {
  if (names.length <= MOST_NAMED) return names.join('; ');
  const rest = names.length - MOST_NAMED + 1;
  return `${names.slice(0, MOST_NAMED - 1).join('; ')}; and ${plural(rest, 'other')}`;
}
