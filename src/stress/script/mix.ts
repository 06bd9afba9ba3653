/** Several scripts in one load: `FILE@WEIGHT`. */
import type { Random } from '../random.js';

/** A script as it was parsed, or as it was checked, and how often it is drawn. */
export interface Weighed<S> {
  readonly script: S;
  /** A whole number from 1, compared with that of the others. */
  readonly weight: number;
}

export interface ScriptArgument {
  readonly file: string;
  readonly weight: number;
}

const LARGEST_WEIGHT = 2 ** 31 - 1;

/**
 * `orders.sql`, `orders.sql@3`; a file whose name ends in `@3` is written `orders@3@1`, as for pgbench.
 * `null`: the weight is 0 or too large, or there is no file.
 */
export function parseScriptArgument(text: string): ScriptArgument | null {
  const [, file, digits] = /^(.+)@(\d+)$/s.exec(text) ?? [];
  if (file === undefined || digits === undefined) return text === '' ? null : { file: text, weight: 1 };
  const weight = Number(digits);
  return weight >= 1 && weight <= LARGEST_WEIGHT ? { file, weight } : null;
}

/** Draws an index with the probability of its weight. */
export function chooser(weights: readonly number[]): (random: Random) => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return (random) => {
    let left = random.uniform() * total;
    const index = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    return index < 0 ? weights.length - 1 : index;
  };
}
