/** A script as an actor runs it: what can be done once is done once. */
import type { Random } from '../random.js';
import type { CheckedScript, CheckedSqlStep } from './check.js';
import { type Compiled, compileExpression, type Variables } from './evaluate.js';
import { ExpressionError } from './expression.js';
import type { Value } from './functions.js';
import { ScriptProblem } from './problem.js';
import type { SetStep, SleepStep } from './script.js';

export type Playable =
  /** @throws ScriptProblem with the line: what the rehearsal did not find */
  | { readonly kind: 'set'; run(variables: Variables, random: Random): void }
  | { readonly kind: 'sleep'; milliseconds(variables: Variables, random: Random): number }
  | {
      readonly kind: 'sql';
      readonly step: CheckedSqlStep;
      /** Named parameters; `null`: it has none. An integer is a bigint, so that it is bound as INTEGER. */
      bind(variables: Variables): Record<string, Value> | null;
    };

export function compileScript({ file, steps }: CheckedScript): Playable[] {
  return steps.map((step) => {
    if (step.kind === 'set') return setPlayable(file, step);
    return step.kind === 'sleep' ? sleepPlayable(file, step) : sqlPlayable(step);
  });
}

function setPlayable(file: string, { line, variable, expression }: SetStep): Playable {
  const compute = located(file, line, compileExpression(expression));
  return {
    kind: 'set',
    run: (variables, random) => {
      variables.set(variable, compute(variables, random));
    },
  };
}

function sleepPlayable(file: string, { line, amount, unitMs }: SleepStep): Playable {
  const compute = located(file, line, compileExpression(amount));
  return {
    kind: 'sleep',
    milliseconds: (variables, random) => Math.max(0, Number(compute(variables, random)) * unitMs),
  };
}

function sqlPlayable(step: CheckedSqlStep): Playable {
  const { variables: names } = step;
  if (names.length === 0) return { kind: 'sql', step, bind: () => null };
  return {
    kind: 'sql',
    step,
    bind: (variables) => Object.fromEntries(names.map((name) => [name, variables.get(name) ?? 0n])),
  };
}

function located(file: string, line: number, compute: Compiled): Compiled {
  return (variables, random) => {
    try {
      return compute(variables, random);
    } catch (error) {
      throw error instanceof ExpressionError ? new ScriptProblem(file, line, error.message) : error;
    }
  };
}
