/** Plain text into lines. Text is laid out before it is painted, so that colour can neither be counted nor broken. */
import { sanitise } from './sanitise.js';

const ZERO_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** East Asian Wide and Fullwidth: UAX #11, in blocks. */
const DOUBLE_WIDTH =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
/** UTS #51: shown as pictures. Two regional indicators make one flag. */
const EMOJI = /(?!\p{Regional_Indicator})\p{Emoji_Presentation}/u;

/** Columns that printable text takes. */
export function visibleWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

function characterWidth(character: string): number {
  if (character <= '~') return 1;
  if (ZERO_WIDTH.test(character)) return 0;
  return DOUBLE_WIDTH.test(character) || EMOJI.test(character) ? 2 : 1;
}

/** Lines of whole words, the first behind `first`, the others behind `rest`. A word that is too long stays whole. */
export function wrap(text: string, columns: number, first = '', rest = first): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of sanitise(text).split(' ').filter(Boolean)) {
    const prefix = lines.length === 0 ? first : rest;
    if (line !== '' && visibleWidth(`${prefix}${line} ${word}`) > columns) {
      lines.push(prefix + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  if (line !== '') lines.push((lines.length === 0 ? first : rest) + line);
  return lines;
}

/** One printable line of at most `columns`, with an ellipsis where something was left off. */
export function truncate(text: string, columns: number, ellipsis: string): string {
  const printable = sanitise(text);
  if (visibleWidth(printable) <= columns) return printable;
  const [kept = ''] = fold(printable, columns - visibleWidth(ellipsis));
  return kept.trimEnd() + ellipsis;
}

/** Lines filled to the last column, words broken: for text that must be there and need not be read. */
export function fold(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const character of sanitise(text)) {
    if (line !== '' && visibleWidth(line + character) > columns) {
      lines.push(line);
      line = '';
    }
    line += character;
  }
  return [...lines, line];
}

/** The longest width among texts; 0 for none. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, visibleWidth(text)), 0);
}
