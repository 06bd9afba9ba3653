/** Computes the expressions of `\set`, as often as an actor needs them: they become functions once. */
import type { Random } from '../random.js';
import { DistributionError } from './distributions.js';
import { type Expression, ExpressionError, type Sign } from './expression.js';
import { checkedInteger, functions, toInteger, type Value } from './functions.js';
import type { BuiltInVariable } from './script.js';

/** The variables of one actor. */
export type Variables = Map<string, Value>;

/** Before its first round. `scale` is 1, as in a pgbench that was not told otherwise. */
export function initialVariables(actor: number, seed: number): Variables {
  const values = { client_id: BigInt(actor), random_seed: BigInt(seed), scale: 1n };
  return new Map(Object.entries(values satisfies Record<BuiltInVariable, Value>));
}

/** @throws ExpressionError for a division by zero, a value out of range, an empty range */
export type Compiled = (variables: Variables, random: Random) => Value;

export function compileExpression(expression: Expression): Compiled {
  const compiled = compile(expression);
  return (variables, random) => {
    try {
      return inRange(compiled(variables, random));
    } catch (error) {
      if (!(error instanceof DistributionError)) throw error;
      throw new ExpressionError(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}.`);
    }
  };
}

function inRange(value: Value): Value {
  if (typeof value === 'bigint') return checkedInteger(value);
  if (Number.isNaN(value)) throw new DistributionError('the result is not a number');
  return value;
}

function compile(expression: Expression): Compiled {
  switch (expression.kind) {
    case 'integer':
      return constant(BigInt(expression.digits));
    case 'double':
      return constant(expression.value);
    case 'variable':
      return reading(expression.name);
    case 'binary': {
      const [left, right] = [compile(expression.left), compile(expression.right)];
      const { sign } = expression;
      return (variables, random) => compute(sign, left(variables, random), right(variables, random));
    }
    case 'call':
      return calling(expression.name, expression.args.map(compile));
  }
}

function constant(value: Value): Compiled {
  return () => value;
}

function reading(name: string): Compiled {
  return (variables) => {
    const value = variables.get(name);
    if (value === undefined) throw new DistributionError(`:${name} has no value`);
    return value;
  };
}

function calling(name: string, args: readonly Compiled[]): Compiled {
  const called = functions[name];
  if (!called) throw new ExpressionError(`There is no function ${name}.`, name);
  return (variables, random) => {
    const values = args.map((arg) => arg(variables, random));
    try {
      return called.call(values, random);
    } catch (error) {
      throw error instanceof DistributionError ? new DistributionError(`${name}: ${error.message}`) : error;
    }
  };
}

function compute(sign: Sign, left: Value, right: Value): Value {
  if (sign === '%') return integers('%', toInteger(left), toInteger(right));
  if (typeof left === 'bigint' && typeof right === 'bigint') return integers(sign, left, right);
  return doubles(sign, Number(left), Number(right));
}

/** Division truncates, and the remainder has the sign of what is divided, as in C and in SQLite. */
function integers(sign: Sign, left: bigint, right: bigint): bigint {
  if (right === 0n && (sign === '/' || sign === '%')) throw new DistributionError('a division by zero');
  switch (sign) {
    case '+':
      return checkedInteger(left + right);
    case '-':
      return checkedInteger(left - right);
    case '*':
      return checkedInteger(left * right);
    case '/':
      return checkedInteger(left / right);
    case '%':
      return left % right;
  }
}

function doubles(sign: Exclude<Sign, '%'>, left: number, right: number): number {
  switch (sign) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) throw new DistributionError('a division by zero');
      return left / right;
  }
}
