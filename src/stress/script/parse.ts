/** pgbench's script form (postgresql.org/docs/current/pgbench.html, "Custom Scripts") around SQLite's SQL. */
import { trackTransactions } from './control.js';
import { metaStep, readBy } from './meta.js';
import { type Complain, complainAbout } from './problem.js';
import { BUILT_IN_VARIABLES, type Script, type SqlStep, type Step } from './script.js';
import { statementEnd } from './statement-end.js';
import { type SqlToken, tokenAt } from './tokens.js';

/**
 * @param file as the user named it, for messages
 * @throws ScriptProblem with the line, for whatever can be told without a database
 */
export function parseScript(file: string, text: string): Script {
  const complain = complainAbout(file);
  const source = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
  const steps = stepsOf(source, complain);
  if (!steps.some(({ kind }) => kind === 'sql')) complain(1, 'The script has no SQL statement.');
  checkVariables(steps, complain);
  return { file, steps };
}

function stepsOf(text: string, complain: Complain): Step[] {
  const lineAt = lineFinder(text);
  const transactions = trackTransactions(complain);
  const steps: Step[] = [];
  let position = 0;
  while (position < text.length) {
    const part = nextPart(text, position, lineAt, complain);
    position = part.next;
    if (part.kind === 'meta') steps.push(metaStep(part.text, part.line, complain));
    else if (part.kind === 'sql') steps.push(sqlStep(part, transactions, complain));
  }
  transactions.finish();
  return steps;
}

type Part =
  | { readonly kind: 'nothing'; readonly next: number }
  | { readonly kind: 'meta'; readonly line: number; readonly text: string; readonly next: number }
  | SqlPart;

interface SqlPart {
  readonly kind: 'sql';
  readonly line: number;
  readonly text: string;
  readonly tokens: readonly SqlToken[];
  readonly next: number;
}

/** A statement, a meta command, or the blanks and comments at the end. */
function nextPart(text: string, from: number, lineAt: (at: number) => number, complain: Complain): Part {
  const end = statementEnd();
  const tokens: SqlToken[] = [];
  for (let position = from; ; ) {
    const found = tokenAt(text, position);
    const [first] = tokens;
    if (found.kind === 'unterminated')
      return complain(lineAt(position), `The ${found.what} that begins here has no end.`);
    if (found.kind === 'backslash') {
      if (!first) return metaPart(text, position, lineAt(position));
      const line = lineAt(first.start);
      return complain(
        line,
        `The statement that begins here is not ended by ";" before line ${lineAt(position)}, where a meta command begins.`,
      );
    }
    if (found.kind === 'end')
      return first ? sqlPart(text, tokens, position, lineAt) : { kind: 'nothing', next: position };
    const { token } = found;
    position += token.text.length;
    if (token.kind === 'blank' || token.kind === 'comment') continue;
    const ends = end.take(
      token.kind === 'word' || token.kind === 'semicolon' ? token.kind : 'other',
      token.text,
    );
    if (ends) return first ? sqlPart(text, tokens, position, lineAt) : { kind: 'nothing', next: position };
    tokens.push(token);
  }
}

/** To the end of the line; a backslash at its end goes on with the next. */
function metaPart(text: string, start: number, line: number): Part {
  const [command = ''] = /^(?:\\[ \t]*\n|[^\n])*/.exec(text.slice(start)) ?? [];
  return { kind: 'meta', line, text: command.replace(/\\[ \t]*\n/g, ' '), next: start + command.length };
}

function sqlPart(
  text: string,
  tokens: readonly SqlToken[],
  next: number,
  lineAt: (at: number) => number,
): SqlPart {
  const start = tokens[0]?.start ?? next;
  const last = tokens.at(-1);
  const end = last ? last.start + last.text.length : next;
  return { kind: 'sql', line: lineAt(start), text: text.slice(start, end), tokens, next };
}

function sqlStep(
  { line, text, tokens }: SqlPart,
  transactions: ReturnType<typeof trackTransactions>,
  complain: Complain,
): SqlStep {
  const lineOf = (token: SqlToken) => line + newlines(text.slice(0, token.start - (tokens[0]?.start ?? 0)));
  const variables = new Set<string>();
  tokens.forEach((token, index) => {
    if (token.kind === 'foreign')
      complain(
        lineOf(token),
        `${token.text} is a parameter that nothing binds: a script has variables, such as :id.`,
      );
    if (token.kind !== 'variable') return;
    if (isCast(token, tokens[index + 1]))
      complain(lineOf(token), `SQLite has no "::" to cast ${token.text}: write CAST(${token.text} AS …).`);
    variables.add(token.text.slice(1));
  });
  refuseOtherFiles(tokens, line, complain);
  const words = tokens.flatMap(nameOf);
  return { kind: 'sql', line, sql: text, variables: [...variables], control: transactions.take(line, words) };
}

/** The database of the script is a copy; other files would be those of the user. */
function refuseOtherFiles(tokens: readonly SqlToken[], line: number, complain: Complain): void {
  const [first, ...others] = tokens.flatMap(({ kind, text }) =>
    kind === 'word' ? [text.toUpperCase()] : [],
  );
  const reaches = first === 'ATTACH' || (first === 'VACUUM' && others.includes('INTO'));
  if (reaches)
    complain(line, `${first} reaches another file: a script works on one database, of which it has a copy.`);
}

/** A word, or a quoted name without its quotes. */
function nameOf({ kind, text }: SqlToken): string[] {
  if (kind === 'quoted') return [text.slice(1, -1)];
  return kind === 'word' ? [text] : [];
}

/** SQLite would take `:id::text` for a variable of that name. */
function isCast(variable: SqlToken, next: SqlToken | undefined): boolean {
  return next?.text === '::' && next.start === variable.start + variable.text.length;
}

/** Each must be set before it is used; a script begins anew with what it had, but not in its first round. */
function checkVariables(steps: readonly Step[], complain: Complain): void {
  const known = new Set<string>(BUILT_IN_VARIABLES);
  for (const step of steps) {
    for (const name of readBy(step)) {
      if (known.has(name)) continue;
      complain(step.line, `:${name} is not set before it is used.`, { given: name, candidates: [...known] });
    }
    if (step.kind === 'set') known.add(step.variable);
  }
}

/** Line of a position, from 1; positions are asked for in any order. */
function lineFinder(text: string): (at: number) => number {
  const starts = [...text.matchAll(/\n/g)].map(({ index }) => index);
  return (at) => {
    let [low, high] = [0, starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

function newlines(text: string): number {
  return text.split('\n').length - 1;
}
