import { headlineText } from '../../headline.js';
import type { DoctorReport } from '../../report.js';
import { type Page, toned } from './page.js';

export function headline(page: Page, report: DoctorReport): string[] {
  return toned(page, report.verdict, headlineText(report));
}
