/** The expressions of `\set`: pgbench's grammar, as far as it is arithmetic. They parse into plain data. */
import { functions } from './functions.js';

export type Expression =
  /** Decimal digits: JSON has no integers of 64 bits. */
  | { readonly kind: 'integer'; readonly digits: string }
  | { readonly kind: 'double'; readonly value: number }
  | { readonly kind: 'variable'; readonly name: string }
  | {
      readonly kind: 'binary';
      readonly sign: Sign;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] };

export type Sign = '+' | '-' | '*' | '/' | '%';

/** What is wrong in an expression: sentences without the line, which the caller knows. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';

  constructor(
    message: string,
    /** A function that there is not. */
    readonly unknownFunction: string | null = null,
  ) {
    super(message);
  }
}

const TOKEN =
  /\s*(?:(\d+\.\d*(?:e[+-]?\d+)?|\d+e[+-]?\d+|\.\d+(?:e[+-]?\d+)?)|(\d+)|:(\w+)|([a-z_]\w*)|([-+*/%(),]))/iy;

type Token =
  | { readonly kind: 'double' | 'integer' | 'variable' | 'name' | 'sign'; readonly text: string }
  | { readonly kind: 'end'; readonly text: '' };

/** @throws ExpressionError */
export function parseExpression(text: string): Expression {
  const tokens = tokensOf(text);
  if (tokens.length === 0) throw new ExpressionError('An expression is missing.');
  const parser = new Parser(tokens);
  const expression = parser.sum();
  parser.end();
  return expression;
}

/** The variables that it needs. */
export function variablesOf(expression: Expression): string[] {
  switch (expression.kind) {
    case 'variable':
      return [expression.name];
    case 'binary':
      return [...variablesOf(expression.left), ...variablesOf(expression.right)];
    case 'call':
      return expression.args.flatMap(variablesOf);
    default:
      return [];
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  while (text.slice(pattern.lastIndex).trim() !== '') {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw new ExpressionError(`"${text.slice(start).trim()}" is not understood.`);
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf([, double, integer, variable, name, sign]: RegExpExecArray): Token {
  if (double !== undefined) return { kind: 'double', text: double };
  if (integer !== undefined) return { kind: 'integer', text: integer };
  if (variable !== undefined) return { kind: 'variable', text: variable };
  return name === undefined ? { kind: 'sign', text: sign ?? '' } : { kind: 'name', text: name };
}

/** Deeper than this it is no expression that somebody wrote, and the stack is finite. */
const DEEPEST = 200;

/** Recursive descent: a method for each level of precedence. */
class Parser {
  #next = 0;
  #depth = 0;

  constructor(readonly tokens: readonly Token[]) {}

  sum(): Expression {
    let left = this.#product();
    for (let sign = this.#take('+', '-'); sign !== null; sign = this.#take('+', '-')) {
      left = { kind: 'binary', sign, left, right: this.#product() };
    }
    return left;
  }

  end(): void {
    const { kind, text } = this.#peek();
    if (kind !== 'end') throw new ExpressionError(`"${text}" is not expected there.`);
  }

  #peek(): Token {
    return this.tokens[this.#next] ?? { kind: 'end', text: '' };
  }

  /** Takes the next token if it is one of these. */
  #take<S extends string>(...signs: readonly S[]): S | null {
    const { kind, text } = this.#peek();
    const found = kind === 'sign' ? signs.find((sign) => sign === text) : undefined;
    if (found === undefined) return null;
    this.#next += 1;
    return found;
  }

  #product(): Expression {
    let left = this.#factor();
    for (let sign = this.#take('*', '/', '%'); sign !== null; sign = this.#take('*', '/', '%')) {
      left = { kind: 'binary', sign, left, right: this.#factor() };
    }
    return left;
  }

  #factor(): Expression {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw new ExpressionError('The expression is nested too deeply.');
    const sign = this.#take('-', '+');
    const operand = sign === null ? this.#operand() : this.#factor();
    this.#depth -= 1;
    if (sign !== '-') return operand;
    return { kind: 'binary', sign, left: { kind: 'integer', digits: '0' }, right: operand };
  }

  #operand(): Expression {
    if (this.#take('(')) {
      const inner = this.sum();
      this.#close();
      return inner;
    }
    const { kind, text } = this.#peek();
    this.#next += 1;
    switch (kind) {
      case 'integer':
        return { kind, digits: checkedDigits(text) };
      case 'double':
        return { kind, value: Number(text) };
      case 'variable':
        return { kind, name: text };
      case 'name':
        return this.#call(text);
      default:
        throw new ExpressionError(
          kind === 'end' ? 'The expression ends too early.' : `"${text}" is not expected there.`,
        );
    }
  }

  #call(given: string): Expression {
    const name = given.toLowerCase();
    const called = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (!called) throw new ExpressionError(`There is no function ${given}.`, given);
    if (!this.#take('(')) throw new ExpressionError(`${given} needs its arguments: ${called.usage}.`);
    const args = this.#arguments();
    if (args.length < called.least || args.length > called.most) {
      const count = `${args.length} ${args.length === 1 ? 'argument' : 'arguments'}`;
      throw new ExpressionError(`${given} does not take ${count}: ${called.usage}.`);
    }
    return { kind: 'call', name, args };
  }

  #arguments(): Expression[] {
    if (this.#take(')')) return [];
    const args = [this.sum()];
    while (this.#take(',')) args.push(this.sum());
    this.#close();
    return args;
  }

  #close(): void {
    if (this.#take(')')) return;
    const { kind, text } = this.#peek();
    throw new ExpressionError(kind === 'end' ? 'A ")" is missing.' : `"${text}" is not expected there.`);
  }
}

/** The magnitude of the smallest integer is allowed: its sign stands before it. */
function checkedDigits(digits: string): string {
  if (BigInt(digits) <= 2n ** 63n) return digits;
  throw new ExpressionError(`${digits} is larger than 64 bits can hold.`);
}
