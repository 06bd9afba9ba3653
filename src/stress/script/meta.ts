/** Meta commands: `\set` and `\sleep`. */
import { type Expression, ExpressionError, parseExpression, variablesOf } from './expression.js';
import { functions } from './functions.js';
import type { Complain } from './problem.js';
import type { SetStep, SleepStep, Step } from './script.js';

const COMMANDS = ['set', 'sleep'] as const;

/** What pgbench has and dblock has not, with what to do instead. */
const WITHOUT: Readonly<Record<string, string>> = {
  gset: 'Use a subquery, or RETURNING, in one statement.',
  if: 'Write a script for each case and give them weights: FILE@WEIGHT.',
  setshell: 'A script runs no programs.',
  shell: 'A script runs no programs.',
  setrandom: 'Write \\set name random(low, high).',
};

/** @param text from the backslash on, on one line */
export function metaStep(text: string, line: number, complain: Complain): SetStep | SleepStep {
  const [, name = '', rest = ''] = /^\\(\w*)\s*(.*)$/s.exec(text.trim()) ?? [];
  if (name === 'set') return setStep(rest, line, complain);
  if (name === 'sleep') return sleepStep(rest, line, complain);
  const instead = WITHOUT[name];
  if (instead !== undefined) return complain(line, `dblock has no \\${name}. ${instead}`);
  return complain(line, `There is no meta command \\${name}: there are \\set and \\sleep.`, {
    given: name,
    candidates: COMMANDS,
  });
}

function setStep(rest: string, line: number, complain: Complain): SetStep {
  const [, variable, text = ''] = /^([A-Za-z_]\w*)(?:\s+(.*))?$/s.exec(rest) ?? [];
  if (variable === undefined)
    return complain(line, '\\set needs a name and an expression: \\set id random(1, 1000).');
  return { kind: 'set', line, variable, expression: expressionOf(text, line, complain) };
}

function expressionOf(text: string, line: number, complain: Complain): Expression {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, unknownFunction } = error;
    if (unknownFunction === null) return complain(line, message);
    return complain(line, message, { given: unknownFunction, candidates: Object.keys(functions) });
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 };

/** Without a unit it is seconds, as in pgbench. */
function sleepStep(rest: string, line: number, complain: Complain): SleepStep {
  const [, digits, variable, unit = 's'] = /^(?:(\d+)|:(\w+))\s*(us|ms|s)?$/i.exec(rest) ?? [];
  const unitMs = UNITS_MS[unit.toLowerCase()] ?? 1000;
  if (digits !== undefined) return { kind: 'sleep', line, amount: { kind: 'integer', digits }, unitMs };
  if (variable !== undefined)
    return { kind: 'sleep', line, amount: { kind: 'variable', name: variable }, unitMs };
  return complain(line, '\\sleep needs a whole number, or :variable, and us, ms or s: \\sleep 5 ms.');
}

/** The variables that a step needs. */
export function readBy(step: Step): readonly string[] {
  if (step.kind === 'sql') return step.variables;
  return variablesOf(step.kind === 'set' ? step.expression : step.amount);
}
