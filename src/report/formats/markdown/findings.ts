/** What was found, crashed or was not examined: a row of a table and a block of details each. */
import { shortPath } from '../../location.js';
import { CRASHED, FIX_LEAD, HIDDEN_COMMAND, type Prose, proseOf, remedyLead } from '../../prose.js';
import type { DoctorReport } from '../../report.js';
import { isPrintable } from '../../sanitise.js';
import { bySeverity, type Finding, findingsOf } from '../../verdict.js';
import type { FormatContext } from '../format.js';
import { fenced, htmlCode, markdownCode, markdownText } from './escape.js';

export interface Item {
  /** A line of a table: severity, finding, database, check. */
  readonly row: string;
  readonly details: string;
}

/** What makes the report incomplete, then findings from critical to info. */
export function itemsOf(report: DoctorReport, { checks, cwd }: FormatContext): Item[] {
  const textOf = proseOf(checks);
  const shown = (path: string) => shortPath(cwd, path);
  const missed = report.unexamined.map(({ path, reason }) => item(UNEXAMINED, shown(path), null, [reason]));
  const outcomes = report.databases.flatMap(({ path, outcomes }) =>
    outcomes.map((outcome) => ({ path: shown(path), outcome })),
  );
  const crashed = outcomes.flatMap(({ path, outcome }) =>
    outcome.outcome === 'crashed' ? [item(CRASH, path, outcome.id, [outcome.reason, CRASHED])] : [],
  );
  return [...missed, ...crashed, ...foundItems(report, shown, textOf)];
}

function foundItems(
  { databases }: DoctorReport,
  shown: (path: string) => string,
  textOf: (id: string) => Prose,
): Item[] {
  const found = databases.flatMap(({ path, outcomes }) =>
    findingsOf(outcomes).map((finding) => ({ path: shown(path), finding })),
  );
  return bySeverity(found, ({ finding }) => finding.severity).map(({ path, finding }) => {
    const { title, why } = textOf(finding.id);
    const head = { word: finding.severity, title, open: finding.severity === 'critical' };
    return item(head, path, finding.id, [finding.summary], [...whyBlock(why), ...remedyBlocks(finding)]);
  });
}

interface Head {
  readonly word: string;
  readonly title: string;
  /** Whether the details are unfolded from the start. */
  readonly open: boolean;
}

const UNEXAMINED: Head = { word: 'incomplete', title: 'Not examined', open: true };
const CRASH: Head = { word: 'incomplete', title: 'A check crashed', open: true };

function item(
  { word, title, open }: Head,
  path: string,
  id: string | null,
  paragraphs: readonly string[],
  blocks: readonly string[] = [],
): Item {
  const summary = `<b>${word}</b>: ${markdownText(title)} in ${htmlCode(path)}`;
  const check = id === null ? '' : markdownCode(id);
  return {
    row: `| ${word} | ${markdownText(title)} | ${markdownCode(path)} | ${check} |`,
    details: [
      `<details${open ? ' open' : ''}><summary>${summary}</summary>`,
      ...paragraphs.map(markdownText),
      ...blocks,
      '</details>',
    ].join('\n\n'),
  };
}

function whyBlock(why: string): string[] {
  return why === '' ? [] : [`**Why:** ${markdownText(why)}`];
}

function remedyBlocks({ remedy, repair }: Finding): string[] {
  const lead = remedyLead(remedy);
  // What is between fences gets copied as a whole: no note among it.
  const commands = remedy.commands.filter(isPrintable);
  const hidden = commands.length < remedy.commands.length;
  return [
    ...(lead === null ? [] : [`**Do:** ${markdownText(lead)}`]),
    ...(commands.length === 0 ? [] : [fenced(languageOf(commands), commands)]),
    ...(hidden ? [HIDDEN_COMMAND] : []),
    ...(repair?.kind === 'offered' && isPrintable(repair.command)
      ? [FIX_LEAD, fenced('sh', [repair.command])]
      : []),
  ];
}

/** A remedy has shell commands, or SQL that ends in a semicolon. */
function languageOf(commands: readonly string[]): string {
  return commands.every((command) => command.endsWith(';')) ? 'sql' : 'sh';
}
