/** Options of `dblock checkpoint`, and what their values may be. */
import { checkpointModes, isBlocking } from '../../checkpoint/mode.js';
import type { CheckpointMode } from '../../checkpoint/shapes.js';
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';
import { type Bytes, type Milliseconds, parseBytes, parseDuration } from '../../units.js';
import type { CommonOptions } from '../options.js';

export interface CheckpointOptions extends CommonOptions {
  readonly mode?: string;
  readonly truncate?: boolean;
  readonly wait?: string;
  readonly retryUntil?: string;
  readonly onlyAbove?: string;
  /** `--no-save` makes it false. */
  readonly save: boolean;
  readonly force?: boolean;
}

export interface CheckpointSettings {
  readonly mode: CheckpointMode;
  readonly waitMs: Milliseconds;
  /** `null`: one try. */
  readonly retryForMs: Milliseconds | null;
  /** `null`: whatever its size. */
  readonly onlyAboveBytes: Bytes | null;
  readonly save: boolean;
  readonly force: boolean;
}

const DEFAULT_WAIT_MS: Milliseconds = 5000;
const LONGEST_WAIT_MS: Milliseconds = 3_600_000;
const LONGEST_RETRY_MS: Milliseconds = 24 * 3_600_000;

/** @throws UsageProblem for what is no mode, time or size, and for options that contradict each other */
export function readCheckpointSettings(options: CheckpointOptions): CheckpointSettings {
  const mode = readMode(options);
  const waitMs =
    options.wait === undefined ? DEFAULT_WAIT_MS : readTime('--wait', options.wait, LONGEST_WAIT_MS);
  const retryForMs =
    options.retryUntil === undefined ? null : readTime('--retry-until', options.retryUntil, LONGEST_RETRY_MS);
  if (options.wait !== undefined && retryForMs !== null && isBlocking(mode) && retryForMs < waitMs) {
    throw new UsageProblem(
      `--retry-until ${options.retryUntil} ends before a single --wait ${options.wait} does: give it more time, or wait less.`,
    );
  }
  return {
    ...{ mode, waitMs, retryForMs },
    onlyAboveBytes: options.onlyAbove === undefined ? null : readSize('--only-above', options.onlyAbove),
    save: options.save,
    force: options.force === true,
  };
}

function readMode({ mode: name, truncate }: CheckpointOptions): CheckpointMode {
  if (name === undefined) return truncate ? 'truncate' : 'passive';
  const mode = checkpointModes.find((candidate) => candidate === name.toLowerCase());
  if (!mode) {
    throw new UsageProblem(
      `--mode takes ${checkpointModes.join(', ')}, not ${quote(name)}.${didYouMean(name, checkpointModes)}`,
    );
  }
  if (truncate && mode !== 'truncate') {
    throw new UsageProblem(`--truncate and --mode ${mode} contradict each other: give one of them.`);
  }
  return mode;
}

function readTime(option: string, text: string, longestMs: Milliseconds): Milliseconds {
  const ms = parseDuration(text);
  if (ms !== null && ms <= longestMs) return Math.round(ms);
  const longest = longestMs / 3_600_000;
  throw new UsageProblem(
    `${option} takes a time from 0 to ${longest}h, such as 500ms, 5s or 2m, not ${quote(text)}.`,
  );
}

function readSize(option: string, text: string): Bytes {
  const bytes = parseBytes(text);
  if (bytes !== null && Number.isSafeInteger(bytes)) return bytes;
  throw new UsageProblem(`${option} takes a size, such as 64MiB or 1GiB, not ${quote(text)}.`);
}
