/**
 * Text from outside in GitHub Flavored Markdown: it is shown, and does nothing. What has a meaning is written as a
 * character reference, which holds in Markdown, in a cell of a table and in HTML alike.
 */
import { sanitise } from '../../sanitise.js';

/** A blank of no width. GitHub makes links after it has resolved references: only this keeps them apart. */
const APART = '&#8203;';

const SPECIAL = new RegExp(
  [
    '[\\\\`*\\[\\]|~$<>&"]',
    '^[ #+=-]|^\\d(?=\\d*[.)])', // at the start of a line: code, a heading, a list, a rule
    '(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])', // inside a word it is no emphasis
    '@(?=\\S)', // a mention, or an address
    '#(?=\\d)', // an issue
    'GH(?=-\\d)',
    ':(?=//)', // a link
    'www(?=\\.)',
    ':(?=[a-z+-][a-z0-9_+-]*:)', // an emoji
  ].join('|'),
  'gi',
);

const STAYS_APART = /^(?:@|#|:|GH|www)$/i;

/** Inline text; one line. */
export function markdownText(text: string): string {
  return sanitise(text).replace(SPECIAL, (match) =>
    STAYS_APART.test(match) ? match + APART : `&#${match.charCodeAt(0)};`,
  );
}

/** Text that is a code span as it is, in a table too; no blank at either end, which would be lost. */
const PLAIN_CODE = /^(?! )[^`|\\]+(?<! )$/;

/** A name or a path. */
export function markdownCode(text: string): string {
  const printable = sanitise(text);
  return PLAIN_CODE.test(printable) ? `\`${printable}\`` : htmlCode(text);
}

/** The same where Markdown is not read, inside of HTML. */
export function htmlCode(text: string): string {
  return `<code>${markdownText(text)}</code>`;
}

/** Lines of code between fences that no line of it can end. */
export function fenced(language: string, lines: readonly string[]): string {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(runs.reduce((longest, run) => Math.max(longest, run.length + 1), 3));
  return [fence + language, ...lines, fence].join('\n');
}
