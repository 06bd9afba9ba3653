/**
 * Text that came from a database, a file name or a process can carry bytes that move the cursor, set the
 * window's title, or reverse the reading order of what follows. None may reach a terminal.
 */

/** Whole escape sequences, with ESC or in their one-character form: ECMA-48 §5.4 (CSI), §5.6 (strings), §5.3. */
const ESCAPE_SEQUENCE = new RegExp(
  [
    '(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]', // CSI: colours, cursor, erase
    '(?:\\x1b[\\]PX^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x1b\\x9c]*(?:\\x07|\\x1b\\\\|\\x9c)', // OSC, DCS, SOS, PM, APC
    '\\x1b[ -/]*[0-~]', // two or three characters
  ].join('|'),
  'g',
);

/** C0, DEL and C1; line and paragraph separators; marks, embeddings, overrides and isolates of UAX #9. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu;

/** One printable line: newline and tab become `\n` and `\t`, whatever else could act on a terminal goes. */
export function sanitise(text: string): string {
  return text
    .replace(ESCAPE_SEQUENCE, '')
    .replace(/\r?\n/g, '\\n')
    .replaceAll('\t', '\\t')
    .replace(UNPRINTABLE, '');
}

/** Whether `sanitise` would leave it as it is. */
export function isPrintable(text: string): boolean {
  return sanitise(text) === text;
}

/** JSON text in which those characters are written as `\u009b`. Loses nothing: in JSON they only occur in strings. */
export function escapeJson(json: string): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return json.replace(/[\x7f-\x9f\p{Zl}\p{Zp}\p{Bidi_C}]/gu, escaped);
}
