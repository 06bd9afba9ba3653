/** What an expression of `\set` may call: pgbench's names, arguments and results. */
import type { Random } from '../random.js';
import {
  DistributionError,
  exponentialInteger,
  gaussianInteger,
  uniformInteger,
  zipfianInteger,
} from './distributions.js';

/** An integer of 64 bits, bound as INTEGER; or a double, bound as REAL. */
export type Value = bigint | number;

export interface ScriptFunction {
  /** How it is written, for messages. */
  readonly usage: string;
  readonly least: number;
  readonly most: number;
  call(args: readonly Value[], random: Random): Value;
}

const LARGEST = 2n ** 63n - 1n;
const SMALLEST = -(2n ** 63n);

/** @throws DistributionError if 64 bits cannot hold it */
export function checkedInteger(value: bigint): bigint {
  if (value <= LARGEST && value >= SMALLEST) return value;
  throw new DistributionError('the result is larger than 64 bits can hold');
}

/** A double becomes the nearest integer, and of two equally near ones the even one. */
export function toInteger(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (!Number.isFinite(value)) throw new DistributionError(`${value} is no integer`);
  const floor = Math.floor(value);
  const above = value - floor;
  const up = above > 0.5 || (above === 0.5 && floor % 2 !== 0);
  return checkedInteger(BigInt(up ? floor + 1 : floor));
}

const drawn = (
  usage: string,
  draw: (random: Random, low: bigint, high: bigint, parameter: number) => bigint,
): ScriptFunction => ({
  usage,
  least: 3,
  most: 3,
  call: ([low = 0n, high = 0n, parameter = 0], random) =>
    draw(random, toInteger(low), toInteger(high), Number(parameter)),
});

const real = (usage: string, result: (x: number, y: number) => number, args = 1): ScriptFunction => ({
  usage,
  least: args,
  most: args,
  call: ([x = 0, y = 0]) => result(Number(x), Number(y)),
});

/** The value that beats all others; a double if any of them is one. */
const chosen = (usage: string, beats: (a: Value, b: Value) => boolean): ScriptFunction => ({
  usage,
  least: 1,
  most: Number.POSITIVE_INFINITY,
  call: ([first = 0n, ...others]) => {
    const best = others.reduce((winner, value) => (beats(value, winner) ? value : winner), first);
    return [first, ...others].some((value) => typeof value === 'number') ? Number(best) : best;
  },
});

const greatest = chosen('greatest(a, …)', (a, b) => a > b);
const least = chosen('least(a, …)', (a, b) => a < b);

/** `max` and `min` are what pgbench called `greatest` and `least` at first. */
export const functions: Readonly<Record<string, ScriptFunction>> = {
  abs: {
    usage: 'abs(a)',
    least: 1,
    most: 1,
    call: ([a = 0n]) => (typeof a === 'bigint' ? checkedInteger(a < 0n ? -a : a) : Math.abs(a)),
  },
  double: real('double(i)', (x) => x),
  exp: real('exp(x)', Math.exp),
  greatest,
  int: { usage: 'int(x)', least: 1, most: 1, call: ([x = 0n]) => toInteger(x) },
  least,
  ln: real('ln(x)', Math.log),
  max: greatest,
  min: least,
  pi: { usage: 'pi()', least: 0, most: 0, call: () => Math.PI },
  pow: real('pow(x, y)', (x, y) => x ** y, 2),
  power: real('power(x, y)', (x, y) => x ** y, 2),
  random: {
    usage: 'random(low, high)',
    least: 2,
    most: 2,
    call: ([low = 0n, high = 0n], random) => uniformInteger(random, toInteger(low), toInteger(high)),
  },
  random_exponential: drawn('random_exponential(low, high, parameter)', exponentialInteger),
  random_gaussian: drawn('random_gaussian(low, high, parameter)', gaussianInteger),
  random_zipfian: drawn('random_zipfian(low, high, parameter)', zipfianInteger),
  sqrt: real('sqrt(x)', Math.sqrt),
};
