/** From what a user typed or pasted to a page. */
import { messageOf, type ResultCodeName, resultCodes } from '../sqlite/result-codes.js';
import type { Page } from './page.js';

/**
 * The page for an id, a name, a number, an error text, or a log line that contains one; `null` if there is none.
 * The case of letters does not matter, nor whether words are joined by blanks, hyphens or underscores.
 */
export function findPage(query: string, pages: readonly Page[]): Page | null {
  return pageNamed(query, pages) ?? pageInText(query, pages);
}

function pageNamed(query: string, pages: readonly Page[]): Page | null {
  const key = keyOf(query);
  const exact = pages.find((page) => [page.id, ...page.names].some((name) => keyOf(name) === key));
  // `WRITE lock`, `sqlite_busy error`, `claim-race scenario`
  const bare = key.replace(/ (lock|error|check|scenario)$/, '');
  return exact ?? (bare === key ? null : pageNamed(bare, pages));
}

function keyOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/^["'`“]+|["'`”.]+$/g, '')
    .replace(/[\s_-]+/g, ' ')
    .trim();
}

/** An extended code says most; then the text; a primary code alone says least, as many drivers know no other. */
function pageInText(text: string, pages: readonly Page[]): Page | null {
  const line = text.toLowerCase().replace(/\s+/g, ' ');
  const mentioned = resultCodes.filter((code) => mentions(line, code));
  const extended = mentioned.find(({ number }) => number > 0xff);
  const code = extended ?? mentioned[0];
  return (
    (extended && pageOfCode(extended.name, pages)) ??
    pageWithPhrase(line, pages) ??
    (code ? pageOfCode(code.name, pages) : null)
  );
}

function pageOfCode(name: ResultCodeName, pages: readonly Page[]): Page | null {
  return pages.find((page) => page.id === name) ?? null;
}

/** By its name, or by its number where that can be nothing else: beside the text of the code, after "code" or "error". */
function mentions(line: string, { name, number }: { name: ResultCodeName; number: number }): boolean {
  if (new RegExp(`(^|[^a-z_])${name.toLowerCase()}($|[^a-z_])`).test(line)) return true;
  const inBrackets = `\\((code:? ?)?${number}\\)`;
  const afterWord = `\\b(code|error|errcode|errno)\\W{0,3}${number}\\b`;
  return line.includes(messageOf(name).toLowerCase()) && new RegExp(`${inBrackets}|${afterWord}`).test(line);
}

/** The longest phrase counts: "database is locked" says less than "database schema is locked: NAME". */
function pageWithPhrase(line: string, pages: readonly Page[]): Page | null {
  const found = pages
    .flatMap((page) => page.phrases.map((phrase) => ({ page, phrase })))
    .filter(({ phrase }) => contains(line, phrase))
    .sort((a, b) => literalLength(b.phrase) - literalLength(a.phrase));
  return found[0]?.page ?? null;
}

const ANY_NAME = /\bNAME\b/;

function contains(line: string, phrase: string): boolean {
  const pattern = phrase
    .split(ANY_NAME)
    .map((part) => part.toLowerCase().replace(/[^a-z0-9 ]/g, '\\$&'))
    .join('[^ ]+');
  return new RegExp(`(^|[^a-z0-9])${pattern}`).test(line);
}

function literalLength(phrase: string): number {
  return phrase.replace(ANY_NAME, '').length;
}

/** All that can be typed, to find what was probably meant. */
export function everyName(pages: readonly Page[]): string[] {
  return pages.flatMap(({ id, names }) => [id, ...names]).filter((name) => /[a-z]/i.test(name));
}

/** For an extended code without a page: the number of its primary code, if that has one. */
export function primaryOf(query: string, pages: readonly Page[]): string | null {
  const number = /^\d+$/.test(query.trim()) ? Number(query) : 0;
  const primary = String(number & 0xff);
  return number > 0xff && pageNamed(primary, pages) ? primary : null;
}
