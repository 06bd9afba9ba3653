import { hostname } from 'node:os';
import type { RowChange } from '../preset-fixture.js';
import { deadPid } from '../tables.js';

/** All of what a run changed, and only that: what is not named here is as it was. */
export type Difference =
  | { readonly row: string; readonly set: Readonly<Record<string, string>> }
  | { readonly row: string; readonly gone: true }
  | { readonly row: string; readonly added: Readonly<Record<string, string>> };

/** `row` is `TABLE ID`, the id as quote() has it. */
export function differences(changes: readonly RowChange[], id = 'id'): Difference[] {
  return changes.map(({ table, before, after }) => {
    if (before === null) return { row: table, added: after ?? {} };
    const row = `${table} ${before[id]}`;
    if (after === null) return { row, gone: true };
    return {
      row,
      set: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
    };
  });
}

/** Of a process that has ended just now. */
export const NO_PID = deadPid();
/** Lives as long as the test does. */
export const LIVING_PID = process.pid;
export const HOST = hostname();

/** Times as the frameworks write them, `seconds` before now; `now` in whole seconds. */
export const timesOf = (now: number) => ({
  /** Rails and Django: six digits. */
  micro: (seconds: number) =>
    `'${iso(now - seconds)
      .slice(0, 23)
      .replace('T', ' ')}456'`,
  /** PHP */
  second: (seconds: number) =>
    `'${iso(now - seconds)
      .slice(0, 19)
      .replace('T', ' ')}'`,
  /** JavaScript's toISOString() */
  iso: (seconds: number) => `'${iso(now - seconds)}'`,
  /** Elixir */
  isoMicro: (seconds: number) => `'${iso(now - seconds).replace('Z', '')}456Z'`,
  ms: (seconds: number) => String((now - seconds) * 1000 + 123),
  ns: (seconds: number) => `${(now - seconds) * 1000 + 123}456789`,
  unix: (seconds: number) => String(now - seconds),
});

function iso(seconds: number): string {
  return new Date(seconds * 1000 + 123).toISOString();
}

/** Written at the moment of the run, in exactly this format. */
export const MICRO = /^'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}'$/;
export const ISO = /^'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z'$/;
export const ISO_MICRO = /^'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z'$/;
export const UNIX_MS = /^\d{13}$/;
export const UNIX_NS = /^\d{19}$/;
