/** Options of `dblock fix`, and what their values may be. */
import { checks } from '../../doctor/checks/index.js';
import { didYouMean } from '../../nearest.js';
import { quote, UsageProblem } from '../../problem.js';
import { type Milliseconds, parseDuration } from '../../units.js';
import type { CommonOptions } from '../options.js';

export interface FixOptions extends CommonOptions {
  /** `--apply` alone is `true`. */
  readonly apply?: true | readonly string[];
  readonly wait?: string;
  readonly estimate?: boolean;
  /** `--no-backup` makes it false. */
  readonly backup: boolean;
  readonly backupTo?: string;
}

/** What is to be applied: nothing, whatever is safe, or these. */
export type Asked =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'safe' }
  | { readonly kind: 'ids'; readonly ids: readonly string[] };

export interface FixSettings {
  readonly asked: Asked;
  readonly waitMs: Milliseconds;
  readonly estimate: boolean;
  readonly backup: boolean;
  /** `null`: beside the database. */
  readonly backupTo: string | null;
}

export interface FixRequest {
  readonly settings: FixSettings;
  readonly databases: readonly string[];
}

const DEFAULT_WAIT_MS: Milliseconds = 5000;
const LONGEST_WAIT_MS: Milliseconds = 3_600_000;

/** @throws UsageProblem for what is no repair or no time, and for options that contradict each other */
export function readFixRequest(args: readonly string[], options: FixOptions): FixRequest {
  const { apply, wait, estimate, backup, backupTo } = options;
  const values = Array.isArray(apply) ? apply : [];
  // `--apply app.db`: a value with a dot or a slash can be no id.
  const isPath = (value: string) => /[./]/.test(value);
  const ids = values.filter((value) => !isPath(value)).flatMap((value) => value.split(',').filter(Boolean));
  for (const id of ids) requireKnown(id);
  if (apply === undefined && !backup) {
    throw new UsageProblem('--no-backup has no meaning without --apply: a preview changes nothing.');
  }
  if (backupTo !== undefined && !backup) {
    throw new UsageProblem('--no-backup and --backup-to contradict each other: give one of them.');
  }
  const asked: Asked =
    apply === undefined
      ? { kind: 'nothing' }
      : ids.length === 0
        ? { kind: 'safe' }
        : { kind: 'ids', ids: [...new Set(ids)] };
  return {
    settings: {
      asked,
      waitMs: wait === undefined ? DEFAULT_WAIT_MS : readWait(wait),
      estimate: estimate === true,
      backup,
      backupTo: backupTo ?? null,
    },
    databases: [...args, ...values.filter(isPath)],
  };
}

/** Ids of all repairs that dblock has. */
export function repairIds(): string[] {
  return checks.flatMap(({ repair }) => repair?.ids ?? []);
}

function requireKnown(id: string): void {
  const known = repairIds();
  if (known.includes(id)) return;
  const isCheck = checks.some((check) => check.id === id);
  throw new UsageProblem(
    isCheck
      ? `dblock has no repair for ${quote(id)}: dblock explain ${id} says what to do. There are ${known.join(', ')}.`
      : `There is no repair ${quote(id)}.${didYouMean(id, known)} There are ${known.join(', ')}.`,
  );
}

function readWait(text: string): Milliseconds {
  const ms = parseDuration(text);
  if (ms !== null && ms <= LONGEST_WAIT_MS) return Math.round(ms);
  throw new UsageProblem(`--wait takes a time from 0 to 1h, such as 500ms, 5s or 2m, not ${quote(text)}.`);
}
