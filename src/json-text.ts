import { quote, UsageProblem } from './problem.js';

/**
 * Parses JSON that a person wrote.
 * @throws UsageProblem with file, line and column, which V8's own message does not always have.
 */
export function parseJson(text: string, fileName: string): unknown {
  const json = text.replace(/^\uFEFF/, '');
  try {
    return JSON.parse(json);
  } catch (error) {
    const fault = findJsonFault(json);
    if (!fault) throw error;
    const { line, column } = fault;
    throw new UsageProblem(
      `${fileName} is not valid JSON: line ${line}, column ${column}: expected ${fault.expected}, found ${fault.found}.`,
      { cause: error },
    );
  }
}

export interface JsonFault {
  /** Both counted from 1. */
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  readonly found: string;
}

/** Where a text stops being JSON (RFC 8259), or `null` if it is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  const open: string[] = [];
  let state: State = 'value';
  let offset = skipSpace(text, 0);
  while (offset < text.length) {
    const token = readToken(text, offset);
    const next: State | null = token === null ? null : step(state, token, open);
    if (token === null || next === null) return faultAt(text, offset, state, open);
    state = next;
    offset = skipSpace(text, offset + token.length);
  }
  return state === 'end' ? null : faultAt(text, offset, state, open);
}

type State = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'after' | 'end';

const TOKEN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The next string, number, word or mark; `null` if none begins here. */
function readToken(text: string, offset: number): string | null {
  return text[offset] === '"' ? readString(text, offset) : matchAt(TOKEN, text, offset);
}

/** Without a pattern for the whole: V8 runs out of stack in a string of some megabytes. */
function readString(text: string, offset: number): string | null {
  for (let end = offset + 1; end < text.length; ) {
    const character = text[end] ?? '';
    if (character === '"') return text.slice(offset, end + 1);
    if (character < ' ') return null;
    const length = character === '\\' ? matchAt(ESCAPE, text, end)?.length : 1;
    if (length === undefined) return null;
    end += length;
  }
  return null;
}

function matchAt(pattern: RegExp, text: string, offset: number): string | null {
  const here = new RegExp(pattern);
  here.lastIndex = offset;
  return here.exec(text)?.[0] ?? null;
}

function skipSpace(text: string, offset: number): number {
  let end = offset;
  while (' \t\n\r'.includes(text[end] ?? 'x')) end += 1;
  return end;
}

/** What may follow the token; `null` if the token may not stand here. `open` holds what closes each level. */
function step(state: State, token: string, open: string[]): State | null {
  switch (state) {
    case 'value':
      return stepIntoValue(token, open);
    case 'value or end':
      return token === ']' ? close(open) : stepIntoValue(token, open);
    case 'key or end':
      return token === '}' ? close(open) : stepOverKey(token);
    case 'key':
      return stepOverKey(token);
    case 'colon':
      return token === ':' ? 'value' : null;
    case 'after':
      if (token === ',') return open.at(-1) === '}' ? 'key' : 'value';
      return token === open.at(-1) ? close(open) : null;
    case 'end':
      return null;
  }
}

function stepIntoValue(token: string, open: string[]): State | null {
  if (token === '{') {
    open.push('}');
    return 'key or end';
  }
  if (token === '[') {
    open.push(']');
    return 'value or end';
  }
  if ('}],:'.includes(token)) return null;
  return open.length === 0 ? 'end' : 'after';
}

function stepOverKey(token: string): State | null {
  return token.startsWith('"') ? 'colon' : null;
}

function close(open: string[]): State {
  open.pop();
  return open.length === 0 ? 'end' : 'after';
}

function faultAt(text: string, offset: number, state: State, open: readonly string[]): JsonFault {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return {
    line: lines.length,
    column: [...(lines.at(-1) ?? '')].length + 1,
    expected: describeExpected(state, open.at(-1)),
    found: describeFound(text, offset),
  };
}

function describeExpected(state: State, closing: string | undefined): string {
  const names: Readonly<Record<State, string>> = {
    value: 'a value',
    'value or end': 'a value or "]"',
    key: 'a key in double quotes',
    'key or end': 'a key in double quotes or "}"',
    colon: '":"',
    after: `"," or "${closing}"`,
    end: 'the end of the file',
  };
  return names[state];
}

const LONGEST_FOUND = 24;

function describeFound(text: string, offset: number): string {
  const character = text.codePointAt(offset);
  if (character === undefined) return 'the end of the file';
  const token = readToken(text, offset);
  if (token?.startsWith('"')) return `the string ${quote(token.slice(1, -1).slice(0, LONGEST_FOUND))}`;
  if (token !== null) return quote(token.slice(0, LONGEST_FOUND));
  if (text[offset] === '"') return 'a string that does not end or holds a forbidden character';
  return quote(String.fromCodePoint(character));
}
