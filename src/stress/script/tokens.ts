/** SQL into tokens, as SQLite's own tokeniser draws the borders (tokenize.c): enough to see statements and variables. */
export interface SqlToken {
  readonly kind: 'blank' | 'comment' | 'quoted' | 'word' | 'variable' | 'foreign' | 'semicolon' | 'other';
  readonly text: string;
  /** Where it begins in the text. */
  readonly start: number;
}

export type TokenResult =
  | { readonly kind: 'token'; readonly token: SqlToken }
  | { readonly kind: 'backslash' }
  /** A string, a quoted name or a block comment without an end. */
  | { readonly kind: 'unterminated'; readonly what: string }
  | { readonly kind: 'end' };

const KINDS = [
  ['blank', '\\s+'],
  ['comment', '--[^\\n]*|/\\*[\\s\\S]*?\\*/'],
  ['quoted', `'(?:[^']|'')*'|"(?:[^"]|"")*"|\`(?:[^\`]|\`\`)*\`|\\[[^\\]]*\\]`],
  ['word', '[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*|\\d[\\w.]*'],
  // A cast of PostgreSQL and an assignment are no variables.
  ['other', '::|:='],
  ['variable', ':\\w+'],
  // What else SQLite takes for a parameter.
  ['foreign', '\\?\\d*|[@$#]\\w+'],
  ['semicolon', ';'],
] as const;

const TOKEN = new RegExp(KINDS.map(([, pattern]) => `(${pattern})`).join('|'), 'y');
const OPENERS: Readonly<Record<string, string>> = {
  "'": 'string',
  '"': 'name in double quotes',
  '`': 'name in backquotes',
  '[': 'name in brackets',
};

export function tokenAt(text: string, start: number): TokenResult {
  if (start >= text.length) return { kind: 'end' };
  TOKEN.lastIndex = start;
  const match = TOKEN.exec(text);
  if (match) {
    const index = match.slice(1).findIndex((group) => group !== undefined);
    return { kind: 'token', token: { kind: KINDS[index]?.[0] ?? 'other', text: match[0], start } };
  }
  const character = text.charAt(start);
  if (character === '\\') return { kind: 'backslash' };
  const what = text.startsWith('/*', start) ? 'comment' : OPENERS[character];
  if (what !== undefined) return { kind: 'unterminated', what };
  return { kind: 'token', token: { kind: 'other', text: character, start } };
}
