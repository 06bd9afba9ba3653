import type { Report } from '../../report.js';
import { type Page, toned } from './page.js';

/** Databases that were asked for and could not be looked at; shown by every command. */
export function unexaminedLines(page: Page, { unexamined }: Report): string[] {
  return unexamined.flatMap(({ reason }) => toned(page, 'incomplete', `Not examined: ${reason}`));
}
