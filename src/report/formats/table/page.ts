import { visibleWidth, wrap } from '../../layout.js';
import { type Prose, proseOf } from '../../prose.js';
import { sanitise } from '../../sanitise.js';
import { type Style, styleOf, type Tone } from '../../style.js';
import type { FormatContext } from '../format.js';

/** Wider than this no prose is set: the eye loses the line. */
const WIDEST_TEXT = 120;

/** What every part of a page needs to lay itself out. */
export interface Page {
  readonly style: Style;
  readonly columns: number;
  readonly detail: FormatContext['detail'];
  textOf(id: string): Prose;
}

export function pageOf({ terminal, checks, detail }: FormatContext): Page {
  return {
    style: styleOf(terminal),
    columns: Math.min(terminal.columns, WIDEST_TEXT),
    detail,
    textOf: proseOf(checks),
  };
}

/** The parts that say anything, with an empty line between them. */
export function paragraphs(parts: readonly (readonly string[])[]): string {
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Prose, indented by as many blanks. */
export function prose(page: Page, text: string, indent = 0, hang = indent): string[] {
  return wrap(text, page.columns, ' '.repeat(indent), ' '.repeat(hang));
}

/** Prose in the colour of its tone, behind its mark. */
export function toned(page: Page, tone: Tone, text: string): string[] {
  const { style } = page;
  return prose(page, `${style.mark[tone]} ${text}`, 0, 2).map(style.tone[tone]);
}

/** `✖ Critical: title [id]`, in the colour of its tone and the id dimmed. */
export function heading(page: Page, tone: Tone, text: string, id: string): string[] {
  const { style } = page;
  const tag = `[${sanitise(id)}]`;
  const lines = prose(page, `${style.mark[tone]} ${text} ${tag}`, 0, 2);
  return lines.map((line, index) => {
    if (index < lines.length - 1) return style.tone[tone](line);
    const title = line.slice(0, -tag.length).trimEnd();
    return title === '' ? `  ${style.dim(tag)}` : `${style.tone[tone](title)} ${style.dim(tag)}`;
  });
}

/** `name: text` on one line if it fits, else the text wrapped below. A name, being a path, is never broken. */
export function named(page: Page, name: string, text: string, mark: Mark = NO_MARK): string[] {
  const [label, rest] = [sanitise(name), sanitise(text)];
  const painted = `${mark.paint(mark.text)}${page.style.bold(label)}:`;
  if (visibleWidth(`${mark.text}${label}: ${rest}`) <= page.columns) return [`${painted} ${rest}`];
  return [painted, ...prose(page, rest, 2)];
}

/** Something before the name, with the blank after it. */
export interface Mark {
  readonly text: string;
  paint(text: string): string;
}

const NO_MARK: Mark = { text: '', paint: (text) => text };

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
