import type { Unexamined } from '../../report.js';
import { type Page, toned } from './page.js';

/** Databases that were asked for and could not be looked at; shown by every command. */
export function unexaminedLines(
  page: Page,
  { unexamined }: { readonly unexamined: readonly Unexamined[] },
): string[] {
  return unexamined.flatMap(({ reason }) => toned(page, 'incomplete', `Not examined: ${reason}`));
}
