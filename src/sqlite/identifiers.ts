/** A name as SQL has it, whatever it contains: `jobs` → `"jobs"` (sqlite.org/lang_keywords.html). */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal: `it's` → `'it''s'`. */
export function quoteLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** One name, bare or in any of SQLite's four quotes (tokenize.c), at the start of a text. */
const NAME = /^(?:"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|'(?:[^']|'')*'|[^\s"'`[\](),;.]+)/;
const SPACE = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)+/;

/** What follows a name and the space and comments after it; `null` if the text does not begin with a name. */
export function afterName(text: string): string | null {
  const name = NAME.exec(text);
  if (!name) return null;
  const rest = text.slice(name[0].length);
  return rest.replace(SPACE, '');
}
