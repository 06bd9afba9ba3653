import type { Check } from '../doctor/check.js';
import { didYouMean } from '../nearest.js';
import { quote, UsageProblem } from '../problem.js';
import type { Host } from './host.js';

export interface SelectionOptions {
  /** Ids, comma-separated; each option may be given several times. */
  readonly only?: readonly string[];
  readonly ignore?: readonly string[];
}

/** Checks to run. @throws UsageProblem for an unknown id, or for ids that cancel each other */
export function readSelection(
  { only = [], ignore = [] }: SelectionOptions,
  checks: readonly Check[],
): Check[] {
  const ids = checks.map(({ id }) => id);
  for (const id of [...only, ...ignore]) {
    if (!ids.includes(id)) {
      throw new UsageProblem(
        `There is no check ${quote(id)}.${didYouMean(id, ids)} dblock doctor --list-checks lists them.`,
      );
    }
  }
  const both = only.find((id) => ignore.includes(id));
  if (both)
    throw new UsageProblem(`${quote(both)} is given to --only and to --ignore: give it to one of them.`);
  return checks.filter(({ id }) => (only.length === 0 || only.includes(id)) && !ignore.includes(id));
}

/** `--list-checks`: one line a check, for people and for grep. */
export function listChecks(args: readonly string[], checks: readonly Check[], host: Host): 0 {
  if (args.length > 0) throw new UsageProblem('--list-checks examines nothing: leave the database out.');
  const width = Math.max(...checks.map(({ id }) => id.length));
  for (const { id, severity, title } of checks) {
    host.stdout.write(`${id.padEnd(width)}  ${severity.padEnd(8)}  ${title}\n`);
  }
  return 0;
}

/**
 * commander calls this for each occurrence of an option.
 * @throws UsageProblem if it names nothing: to run every check then is not what was asked for
 */
export function collectIds(value: string, previous: readonly string[] = []): string[] {
  const ids = value.split(',').flatMap((id) => id.trim() || []);
  if (ids.length > 0) return [...previous, ...ids];
  throw new UsageProblem(`${quote(value)} names no check: is a shell variable unset?`);
}
