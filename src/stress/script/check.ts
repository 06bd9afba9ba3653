/** What can be told of a script before it runs, on the schema that it will run on. */
import { createRandom } from '../random.js';
import { compileExpression, initialVariables } from './evaluate.js';
import { ExpressionError } from './expression.js';
import { type Complain, complainAbout } from './problem.js';
import type { Script, SetStep, SleepStep, SqlStep } from './script.js';
import { tokenAt } from './tokens.js';

/** What SQLite says about a statement that it prepared. */
export interface Prepared {
  /** sqlite3_stmt_readonly(). */
  readonly readonly: boolean;
}

export interface CheckedSqlStep extends SqlStep {
  /** Changes rows or the schema. */
  readonly writes: boolean;
}

export interface CheckedScript {
  readonly file: string;
  readonly steps: readonly (SetStep | SleepStep | CheckedSqlStep)[];
  /** At least one statement does. */
  readonly writes: boolean;
}

/**
 * @param prepare compiles a statement on the schema of the arena and forgets it, or throws what SQLite throws
 * @throws ScriptProblem for the first statement that SQLite refuses, and for an expression that cannot be computed
 */
export function checkScript(script: Script, prepare: (sql: string) => Prepared): CheckedScript {
  const complain = complainAbout(script.file);
  const steps = script.steps.map((step) =>
    step.kind === 'sql' ? { ...step, writes: isWrite(step, prepareStep(step, prepare, complain)) } : step,
  );
  rehearse(script, complain);
  return {
    file: script.file,
    steps,
    writes: steps.some((step) => step.kind === 'sql' && step.writes),
  };
}

/** @throws ScriptProblem: a writer that takes no write lock would measure nothing */
export function requireWrites({ file, writes }: CheckedScript): void {
  if (writes) return;
  complainAbout(file)(1, 'The script never writes: a writer needs a statement that changes something.');
}

function prepareStep(step: SqlStep, prepare: (sql: string) => Prepared, complain: Complain): Prepared {
  try {
    return prepare(step.sql);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return complain(lineOfMistake(step, error.message), `SQLite cannot prepare it: ${error.message}.`);
  }
}

/** PRAGMA and ATTACH are not read-only for SQLite, and neither is BEGIN IMMEDIATE: none of them writes a row. */
const NOT_WRITING = /^(?:PRAGMA|ATTACH|DETACH)\b/i;

function isWrite({ control, sql }: SqlStep, { readonly }: Prepared): boolean {
  return control === null && !readonly && !NOT_WRITING.test(sql);
}

const NAMED_IN_MESSAGE = /near "([^"]+)"|no such (?:table|column|function): (\S+)|has no column named (\S+)/;

/** The line of what SQLite names, if it occurs once in the statement; else where the statement begins. */
function lineOfMistake({ sql, line }: SqlStep, message: string): number {
  const names = NAMED_IN_MESSAGE.exec(message) ?? [];
  const name = names.slice(1).find((group) => group !== undefined);
  if (name === undefined) return line;
  const places = tokensNamed(sql, name.split('.').at(-1) ?? name);
  const [only] = places;
  return places.length === 1 && only !== undefined ? line + sql.slice(0, only).split('\n').length - 1 : line;
}

function tokensNamed(sql: string, name: string): number[] {
  const places: number[] = [];
  for (let position = 0; ; ) {
    const found = tokenAt(sql, position);
    if (found.kind !== 'token') return places;
    const bare = found.token.kind === 'quoted' ? found.token.text.slice(1, -1) : found.token.text;
    if (bare.toLowerCase() === name.toLowerCase()) places.push(position);
    position += found.token.text.length;
  }
}

/** So many rounds find most divisions by zero and empty ranges before a run of an hour does. */
const ROUNDS = 100;

function rehearse({ steps }: Script, complain: Complain): void {
  const random = createRandom(1);
  const compiled = steps.flatMap((step) =>
    step.kind === 'set'
      ? [{ line: step.line, variable: step.variable, compute: compileExpression(step.expression) }]
      : [],
  );
  const variables = initialVariables(0, 1);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { line, variable, compute } of compiled) {
      try {
        variables.set(variable, compute(variables, random));
      } catch (error) {
        if (error instanceof ExpressionError) complain(line, error.message);
        throw error;
      }
    }
  }
}
