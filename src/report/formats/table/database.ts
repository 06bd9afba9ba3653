import { briefCountsText, briefFactsText, factsText } from '../../describe.js';
import type { DoctorDatabase } from '../../report.js';
import { type Mark, named, type Page } from './page.js';

/** One line that says what the database is and when it was looked at. */
export function databaseLines(page: Page, { path, evidence }: DoctorDatabase, mark?: Mark): string[] {
  return named(page, path, factsText(evidence), mark);
}

/** Shorter, for one in which nothing was found. */
export function healthyLines(page: Page, database: DoctorDatabase): string[] {
  const { style } = page;
  const text = `${briefFactsText(database.evidence)}; ${briefCountsText(database)}`;
  return named(page, database.path, text, { text: `${style.mark.ok} `, paint: style.tone.ok });
}
