import type { Remedy } from '../../../doctor/check.js';
import type { Outcome } from '../../../doctor/examine.js';
import { isPrintable } from '../../sanitise.js';
import { bySeverity, type Finding, findingsOf } from '../../verdict.js';
import { heading, type Page, prose, sentence } from './page.js';

const CRASHED =
  'What it looks for may be there or not. This is a fault of dblock: please report it with the output of --format json.';

/** A paragraph each, from critical to info. */
export function findingParagraphs(page: Page, outcomes: readonly Outcome[]): string[][] {
  return bySeverity(findingsOf(outcomes), ({ severity }) => severity).map((finding) =>
    findingLines(page, finding),
  );
}

function findingLines(page: Page, { id, severity, summary, remedy }: Finding): string[] {
  const { title, why } = page.textOf(id);
  return [
    ...heading(page, severity, `${sentence(severity)}: ${title}`, id),
    ...prose(page, summary, 2),
    ...(why === '' ? [] : prose(page, `Why: ${why}`, 2).map(page.style.dim)),
    ...remedyLines(page, remedy),
  ];
}

function remedyLines(page: Page, { text, commands }: Remedy): string[] {
  const lead = text === '' && commands.length > 0 ? 'Run:' : text;
  const lines = lead === '' ? [] : prose(page, `Do: ${lead}`, 2);
  return [...lines, ...commands.map((command) => commandLine(page, command))];
}

/**
 * Whole and unchanged, to be pasted. One with control characters cannot be shown as it is, and shown otherwise
 * would do something else.
 */
function commandLine({ style }: Page, command: string): string {
  const indent = ' '.repeat(6);
  if (isPrintable(command)) return indent + style.command(command);
  return indent + style.dim('(a command with control characters: see --format json)');
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
