/** A page for a pull request's comment or the summary of a job. */
import { formatCount } from '../../../units.js';
import { countsText, factsText } from '../../describe.js';
import { headlineText } from '../../headline.js';
import { shortPath } from '../../location.js';
import { reasonGroups } from '../../outcomes.js';
import { proseOf } from '../../prose.js';
import type { DoctorReport } from '../../report.js';
import type { FormatContext } from '../format.js';
import { markdownCode, markdownText } from './escape.js';
import { itemsOf } from './findings.js';
import { folded, keepWithin, listed, MOST_CHARACTERS, MOST_OF_A_LIST } from './room.js';

/** The verdict and a table of what was found, the details of each, and what lies behind the verdict. */
export function render(report: DoctorReport, context: FormatContext): string {
  const items = itemsOf(report, context);
  const rows = items.map(({ row }) => row);
  const above = ['## dblock doctor', `**${headlineText(report)}**`, ...tableOf(rows)];
  const below = context.detail === 'quiet' ? [] : restOf(report, context);
  const room = MOST_CHARACTERS - [...above, shortened(items.length), ...below].join('\n\n').length;
  const details = items.map((item) => item.details);
  const { kept, leftOff } = keepWithin(details, room);
  const note = leftOff === 0 ? [] : [shortened(leftOff)];
  return `${[...above, ...kept, ...note, ...below].join('\n\n')}\n`;
}

function shortened(leftOff: number): string {
  return `_The details of ${leftOff} more are left off: GitHub takes no longer comment. \`--format json\` has all._`;
}

function tableOf(rows: readonly string[]): string[] {
  if (rows.length === 0) return [];
  const { kept, leftOff } = keepWithin(rows, MOST_OF_A_LIST);
  const rest = leftOff === 0 ? [] : [`| | and ${leftOff} more | | |`];
  const head = ['| severity | finding | database | check |', '| --- | --- | --- | --- |'];
  return [[...head, ...kept, ...rest].join('\n')];
}

function restOf(report: DoctorReport, { checks, cwd, detail }: FormatContext): string[] {
  const { databases } = report;
  const name = (path: string) => markdownCode(shortPath(cwd, path));
  const examined = databases.map(
    (database) => `${name(database.path)}: ${factsText(database.evidence)}; ${countsText(database)}`,
  );
  return [
    ...(examined.length > MOST_UNFOLDED ? folded('Examined', examined) : ['**Examined**', listed(examined)]),
    ...folded('Muted', mutedLines(report, proseOf(checks), name)),
    ...folded('Skipped', reasonLines(report, 'skipped')),
    ...(detail === 'verbose' ? folded('Inapplicable', reasonLines(report, 'inapplicable')) : []),
  ];
}

/** So many databases are told at once. */
const MOST_UNFOLDED = 3;

function mutedLines(
  { databases }: DoctorReport,
  textOf: ReturnType<typeof proseOf>,
  name: (path: string) => string,
): string[] {
  return databases.flatMap(({ path, outcomes }) =>
    outcomes.flatMap((outcome) => {
      if (outcome.outcome !== 'found' || outcome.muted === undefined) return [];
      const { id, severity, muted } = outcome;
      const title = markdownText(textOf(id).title);
      return [
        `${severity}: ${title} in ${name(path)} (${markdownCode(id)}), muted because: ${markdownText(muted)}`,
      ];
    }),
  );
}

/** Each reason once, with the checks that gave it. */
function reasonLines({ databases }: DoctorReport, kind: 'skipped' | 'inapplicable'): string[] {
  return reasonGroups(databases, kind).map((group) => {
    const ids = [...group.ids].map(markdownCode).join(', ');
    const everywhere = group.databases.size === databases.length;
    const where = everywhere
      ? ''
      : `; ${formatCount(group.databases.size)} of ${formatCount(databases.length)} databases`;
    return `${markdownText(group.reason)} (${ids}${where})`;
  });
}
