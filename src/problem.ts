/**
 * The user's mistake, or something that the user has to decide: exit 2, and the message is all that is shown.
 * One or two sentences that say what is wrong and how to go on.
 */
export class UsageProblem extends Error {
  override readonly name = 'UsageProblem';
}

/** Control characters, and those that turn the direction of text or take no room on the screen. */
const INVISIBLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** `app.db` → `"app.db"`, with everything escaped that a terminal would not show as it is. */
export function quote(text: string): string {
  return `"${escapeInvisible(text.replace(/["\\]/g, '\\$&'))}"`;
}

/** A newline becomes `\n`, an escape character `\u001b`: for names in messages. */
export function escapeInvisible(text: string): string {
  return text.replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** `"a", "b" and 12 more`: as many names as a sentence can bear. */
export function quoteList(names: readonly string[], most = 20): string {
  const shown = names.slice(0, most).map(quote).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
