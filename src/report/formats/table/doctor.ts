import { countsText } from '../../describe.js';
import type { DoctorDatabase, DoctorReport } from '../../report.js';
import { sanitise } from '../../sanitise.js';
import { findingsOf, worstOf } from '../../verdict.js';
import type { FormatContext } from '../format.js';
import { databaseLines, healthyLines } from './database.js';
import { crashedParagraphs, findingParagraphs, mutedLines } from './finding.js';
import { headline } from './headline.js';
import { type Mark, type Page, pageOf, paragraphs, prose } from './page.js';
import { clearLines, reasonLines } from './reasons.js';
import { unexaminedLines } from './unexamined.js';

type Lines = readonly string[];

/** The verdict, the databases from worst to best, and what was not looked at. */
export function render(report: DoctorReport, context: FormatContext): string {
  const page = pageOf(context);
  const [only, ...others] = report.databases;
  const unexamined = unexaminedLines(page, report);
  const head = headline(page, report);
  const parts =
    only && others.length === 0 && unexamined.length === 0
      ? onePage(page, head, only)
      : [head, unexamined, ...severalPages(page, report.databases)];
  return `${paragraphs(parts)}\n`;
}

const NOTHING: ReadonlySet<string> = new Set();

/** A healthy database is told in one paragraph, three lines if nothing had to be skipped. */
function onePage(page: Page, head: Lines, database: DoctorDatabase): Lines[] {
  const found = problems(page, database, NOTHING);
  const rest = [...checked(page, database), ...unchecked(page, [database])];
  if (found.length > 0) return [[...head, ...identity(page, database)], ...found, rest];
  return [page.detail === 'quiet' ? head : [...head, ...identity(page, database), ...rest]];
}

/** Those with something to tell have a page each, the others a line; a reason to skip is told once for all. */
function severalPages(page: Page, databases: readonly DoctorDatabase[]): Lines[] {
  const isTold = (database: DoctorDatabase) =>
    page.detail === 'verbose' || problems(page, database, NOTHING).length > 0;
  const rule = { text: `${page.style.rule.repeat(2)} `, paint: page.style.dim };
  const told = worstFirst(databases.filter(isTold));
  const healthy = page.detail === 'quiet' ? [] : databases.filter((database) => !isTold(database));
  return [
    ...told.flatMap((database, index) => [
      identity(page, database, rule),
      ...problems(page, database, foundIn(told.slice(0, index))),
      checked(page, database),
    ]),
    healthy.flatMap((database) => healthyLines(page, database)),
    unchecked(page, databases),
  ];
}

/** What was explained once on a page is not explained again. */
function foundIn(databases: readonly DoctorDatabase[]): Set<string> {
  return new Set(databases.flatMap(({ outcomes }) => findingsOf(outcomes).map(({ id }) => id)));
}

function worstFirst(databases: readonly DoctorDatabase[]): DoctorDatabase[] {
  const rank = ({ outcomes }: DoctorDatabase) => {
    const worst = worstOf(outcomes);
    if (worst === 'critical') return 0;
    if (outcomes.some(({ outcome }) => outcome === 'crashed')) return 1;
    return worst === 'warning' ? 2 : worst === 'info' ? 3 : 4;
  };
  return [...databases].sort((a, b) => rank(a) - rank(b));
}

/** A paragraph each for what is wrong, and one for what would be if nobody had muted it. */
function problems(page: Page, { outcomes }: DoctorDatabase, explained: ReadonlySet<string>): Lines[] {
  const muted = page.detail === 'quiet' ? [] : mutedLines(page, outcomes);
  const loud = [...crashedParagraphs(page, outcomes), ...findingParagraphs(page, outcomes, explained)];
  return muted.length === 0 ? loud : [...loud, muted];
}

function identity(page: Page, database: DoctorDatabase, mark?: Mark): Lines {
  const path = page.style.bold(sanitise(database.path));
  return page.detail === 'quiet' ? [`${mark?.text ?? ''}${path}`] : databaseLines(page, database, mark);
}

function checked(page: Page, database: DoctorDatabase): Lines {
  if (page.detail === 'quiet') return [];
  const clear = page.detail === 'verbose' ? clearLines(page, database) : [];
  return [...prose(page, countsText(database), 0, 2), ...clear];
}

/** The limits of the view: without them "clear" could not be trusted. */
function unchecked(page: Page, databases: readonly DoctorDatabase[]): Lines {
  if (page.detail === 'quiet') return [];
  const skipped = reasonLines(page, databases, 'skipped');
  return page.detail === 'verbose' ? [...skipped, ...reasonLines(page, databases, 'inapplicable')] : skipped;
}
