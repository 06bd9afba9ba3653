/** A script after parsing: plain data, so that it can be sent to the actors. */
import type { Control } from './control.js';
import type { Expression } from './expression.js';

export interface Script {
  /** As the user named it. */
  readonly file: string;
  /** In their order; at least one of them is SQL. */
  readonly steps: readonly Step[];
}

export type Step = SetStep | SleepStep | SqlStep;

export interface SetStep {
  readonly kind: 'set';
  readonly line: number;
  readonly variable: string;
  readonly expression: Expression;
}

export interface SleepStep {
  readonly kind: 'sleep';
  readonly line: number;
  /** A whole number, or the variable that has it. */
  readonly amount: Expression;
  /** What one of it is worth. */
  readonly unitMs: number;
}

export interface SqlStep {
  readonly kind: 'sql';
  /** Where the statement begins, from 1. */
  readonly line: number;
  /** With `:name` in it, as SQLite binds it; without the semicolon. */
  readonly sql: string;
  /** Without colon, each once. */
  readonly variables: readonly string[];
  /** `null`: it neither begins nor ends a transaction. */
  readonly control: Control | null;
}

/** Variables that every script has, as in pgbench. */
export const BUILT_IN_VARIABLES = ['client_id', 'random_seed', 'scale'] as const;
export type BuiltInVariable = (typeof BUILT_IN_VARIABLES)[number];
