import type { Remedy } from '../../../doctor/check.js';
import type { Outcome } from '../../../doctor/examine.js';
import { CRASHED, FIX_LEAD, HIDDEN_COMMAND, remedyLead } from '../../prose.js';
import { isPrintable } from '../../sanitise.js';
import { bySeverity, type Finding, findingsOf } from '../../verdict.js';
import { heading, type Page, prose, sentence } from './page.js';

/** A paragraph each, from critical to info. `explained`: ids whose why stands further up the page. */
export function findingParagraphs(
  page: Page,
  outcomes: readonly Outcome[],
  explained: ReadonlySet<string>,
): string[][] {
  return bySeverity(findingsOf(outcomes), ({ severity }) => severity).map((finding) =>
    findingLines(page, finding, explained.has(finding.id)),
  );
}

function findingLines(
  page: Page,
  { id, severity, summary, remedy, repair }: Finding,
  explained: boolean,
): string[] {
  const { title, ...text } = page.textOf(id);
  const why = explained ? '' : text.why;
  return [
    ...heading(page, severity, `${sentence(severity)}: ${title}`, id),
    ...prose(page, summary, 2),
    ...(why === '' ? [] : prose(page, `Why: ${why}`, 2).map(page.style.dim)),
    ...remedyLines(page, remedy),
    ...(repair?.kind === 'offered' ? [...prose(page, FIX_LEAD, 2), commandLine(page, repair.command)] : []),
  ];
}

function remedyLines(page: Page, remedy: Remedy): string[] {
  const lead = remedyLead(remedy);
  const lines = lead === null ? [] : prose(page, `Do: ${lead}`, 2);
  return [...lines, ...remedy.commands.map((command) => commandLine(page, command))];
}

/**
 * Whole and unchanged, to be pasted. One with control characters cannot be shown as it is, and shown otherwise
 * would do something else.
 */
function commandLine({ style }: Page, command: string): string {
  const indent = ' '.repeat(6);
  if (isPrintable(command)) return indent + style.command(command);
  return indent + style.dim(HIDDEN_COMMAND);
}

/** Loud: nothing may be concluded about what a crashed check looks at. */
export function crashedParagraphs(page: Page, outcomes: readonly Outcome[]): string[][] {
  return outcomes
    .filter((outcome) => outcome.outcome === 'crashed')
    .map(({ id, reason }) => [
      ...heading(page, 'incomplete', 'A check crashed', id),
      ...prose(page, reason, 2),
      ...prose(page, CRASHED, 2),
    ]);
}

/** Findings that the configuration mutes: still there, with the reason that was given. */
export function mutedLines(page: Page, outcomes: readonly Outcome[]): string[] {
  return outcomes
    .filter((outcome) => outcome.outcome === 'found')
    .flatMap(({ id, severity, summary, muted }) => {
      if (muted === undefined) return [];
      const text = `Muted ${severity}: ${page.textOf(id).title}`;
      const found = page.detail === 'verbose' ? prose(page, summary, 2) : [];
      return [...heading(page, 'muted', text, id), ...found, ...prose(page, `Muted because: ${muted}`, 2)];
    });
}
