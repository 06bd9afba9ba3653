import type { DoctorDatabase } from '../../report.js';
import { type Page, prose, sentence } from './page.js';

/** So many ids are listed beside a reason; more are counted, unless all is wanted. */
const MOST_IDS = 3;

interface Group {
  readonly reason: string;
  readonly ids: ReadonlySet<string>;
  readonly databases: ReadonlySet<string>;
}

/** Each reason once, with the checks that gave it and, where not all did, in how many databases. */
export function reasonLines(
  page: Page,
  databases: readonly DoctorDatabase[],
  kind: 'skipped' | 'inapplicable',
): string[] {
  const label = sentence(kind);
  return groupsOf(databases, kind).flatMap((group) => {
    const everywhere = group.databases.size === databases.length;
    const where = everywhere ? '' : `; ${group.databases.size} of ${databases.length} databases`;
    return prose(page, `${label}: ${group.reason} (${idsText(page, [...group.ids])}${where})`, 0, 2);
  });
}

/** Per database, the names of the checks that found nothing. */
export function clearLines(page: Page, { outcomes }: DoctorDatabase): string[] {
  const ids = outcomes.filter(({ outcome }) => outcome === 'clear').map(({ id }) => id);
  return ids.length === 0 ? [] : prose(page, `Clear: ${ids.join(', ')}`, 0, 2);
}

function groupsOf(databases: readonly DoctorDatabase[], kind: 'skipped' | 'inapplicable'): Group[] {
  const given = databases.flatMap(({ path, outcomes }) =>
    outcomes.flatMap((outcome) =>
      outcome.outcome === kind ? [{ path, id: outcome.id, reason: outcome.reason }] : [],
    ),
  );
  return [...new Set(given.map(({ reason }) => reason))].map((reason) => {
    const same = given.filter((candidate) => candidate.reason === reason);
    return {
      reason,
      ids: new Set(same.map(({ id }) => id)),
      databases: new Set(same.map(({ path }) => path)),
    };
  });
}

function idsText({ detail }: Page, ids: readonly string[]): string {
  return ids.length <= MOST_IDS || detail === 'verbose' ? ids.join(', ') : `${ids.length} checks`;
}
