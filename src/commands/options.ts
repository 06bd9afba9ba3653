/** Options that several commands share, and what their values may be. */
import { didYouMean } from '../nearest.js';
import { quote, UsageProblem } from '../problem.js';
import type { FormatContext } from '../report/formats/format.js';
import { type FormatName, formatsFor, isFormatName } from '../report/formats/index.js';
import type { Command } from '../report/report.js';
import type { FailOn } from '../report/verdict.js';
import { type Milliseconds, parseDuration } from '../units.js';

/** As commander hands them over: text, still unchecked. */
export interface CommonOptions {
  readonly format?: readonly string[];
  readonly output?: readonly string[];
  readonly interval: string;
  readonly config?: string;
  readonly color: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** @throws UsageProblem listing the formats that the command can produce */
export function readFormat(command: Command, name: string): FormatName {
  const possible = formatsFor(command);
  if (isFormatName(name) && possible.includes(name)) return name;
  throw new UsageProblem(
    `${command} has no format ${quote(name)}: it can print ${formatList(command)}.${didYouMean(name, possible)}`,
  );
}

/** `table, json or ndjson`. */
export function formatList(command: Command): string {
  const names = formatsFor(command);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

/** commander calls this for each occurrence of an option that may be given several times. */
export function collect(value: string, previous: readonly string[] = []): string[] {
  return [...previous, value];
}

const LONGEST_INTERVAL_MS = 60_000;

/** @throws UsageProblem unless it is 1 ms to 60 s */
export function readInterval(text: string): Milliseconds {
  const ms = parseDuration(text);
  if (ms !== null && ms >= 1 && ms <= LONGEST_INTERVAL_MS) return ms;
  throw new UsageProblem(`--interval takes a time from 1ms to 60s, such as 250ms or 2s, not ${quote(text)}.`);
}

const FAIL_ON = ['info', 'warning', 'critical', 'never'] as const satisfies readonly FailOn[];

/** @throws UsageProblem with the nearest severity */
export function readFailOn(text: string): FailOn {
  const found = FAIL_ON.find((severity) => severity === text);
  if (found) return found;
  throw new UsageProblem(
    `--fail-on takes ${FAIL_ON.join(', ')}, not ${quote(text)}.${didYouMean(text, FAIL_ON)}`,
  );
}

export type Detail = FormatContext['detail'];

/** @throws UsageProblem when both are given */
export function readDetail({ quiet, verbose }: CommonOptions): Detail {
  if (quiet && verbose)
    throw new UsageProblem('--quiet and --verbose contradict each other: give one of them.');
  if (quiet) return 'quiet';
  return verbose ? 'verbose' : 'normal';
}
