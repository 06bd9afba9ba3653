import { formatCount } from '../../../units.js';
import { reasonGroups } from '../../outcomes.js';
import type { DoctorDatabase } from '../../report.js';
import { type Page, prose, sentence } from './page.js';

/** So many ids are listed beside a reason; more are counted, unless all is wanted. */
const MOST_IDS = 3;

/** Each reason once, with the checks that gave it and, where not all did, in how many databases. */
export function reasonLines(
  page: Page,
  databases: readonly DoctorDatabase[],
  kind: 'skipped' | 'inapplicable',
): string[] {
  const label = sentence(kind);
  return reasonGroups(databases, kind).flatMap((group) => {
    const everywhere = group.databases.size === databases.length;
    const where = everywhere
      ? ''
      : `; ${formatCount(group.databases.size)} of ${formatCount(databases.length)} databases`;
    return prose(page, `${label}: ${group.reason} (${idsText(page, [...group.ids])}${where})`, 0, 2);
  });
}

/** Per database, the names of the checks that found nothing. */
export function clearLines(page: Page, { outcomes }: DoctorDatabase): string[] {
  const ids = outcomes.filter(({ outcome }) => outcome === 'clear').map(({ id }) => id);
  return ids.length === 0 ? [] : prose(page, `Clear: ${ids.join(', ')}`, 0, 2);
}

function idsText({ detail }: Page, ids: readonly string[]): string {
  return ids.length <= MOST_IDS || detail === 'verbose' ? ids.join(', ') : `${ids.length} checks`;
}
