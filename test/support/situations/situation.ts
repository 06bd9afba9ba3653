/** What a situation is: a database in a certain state, made so by real processes, and what is true of it. */
import type { Severity } from '../../../src/doctor/check.js';
import type { Actor, ActorKind } from '../actor.js';
import type { Need } from '../programs.js';
import type { Stage } from '../stage.js';

/** What is expected of one check. */
export interface ExpectedFinding {
  /** The processes that the finding must name. Left out: it is about files. */
  readonly pids?: readonly number[];
  /** Left out where it depends on how long the diagnosis takes. */
  readonly severity?: Severity;
}

/** By check id. Every check that is not listed must not find anything. */
export type Findings = Readonly<Record<string, ExpectedFinding>>;

export interface Expected {
  readonly found: readonly string[];
  readonly pids: Readonly<Record<string, readonly number[]>>;
  readonly severities: Readonly<Record<string, Severity>>;
}

export interface Staged {
  readonly database: string;
  /** Processes alive at the time of diagnosis, by role. */
  readonly actors: Readonly<Record<string, Actor>>;
  readonly expected: Expected;
}

export interface Situation {
  /** Kebab-case: `writer-holding-python`. */
  readonly name: string;
  readonly needs: readonly Need[];
  /** Whether files stay as they are until the stage is cleared; false while a process goes on writing. */
  readonly still: boolean;
  stage(stage: Stage): Promise<Staged>;
}

export type StageAs = (stage: Stage, kind: ActorKind) => Promise<Staged>;

const NEEDS: Readonly<Record<ActorKind, readonly Need[]>> = { python: ['linux', 'python3'], node: ['linux'] };

/** The same situation made by Python's SQLite, and by better-sqlite3's. */
export function byEachKind(name: string, stageAs: StageAs, more: readonly Need[] = []): Situation[] {
  return [byKind('python', name, stageAs, more), byKind('node', name, stageAs, more)];
}

export function byKind(
  kind: ActorKind,
  name: string,
  stageAs: StageAs,
  more: readonly Need[] = [],
): Situation {
  return {
    name: `${name}-${kind}`,
    needs: [...NEEDS[kind], ...more],
    still: true,
    stage: (stage) => stageAs(stage, kind),
  };
}

/** Puts together what `stage` returns. */
export function staged(
  database: string,
  actors: Readonly<Record<string, Actor>>,
  findings: Findings,
): Staged {
  return { database, actors, expected: expected(findings) };
}

function expected(findings: Findings): Expected {
  const entries = Object.entries(findings);
  return {
    found: entries.map(([id]) => id).sort(),
    pids: Object.fromEntries(entries.flatMap(([id, { pids }]) => (pids ? [[id, pids]] : []))),
    severities: Object.fromEntries(
      entries.flatMap(([id, { severity }]) => (severity ? [[id, severity]] : [])),
    ),
  };
}

type Attached = Pick<Actor, 'pid' | 'sqliteVersion'>;

/**
 * What is true in WAL mode of every process whose SQLite can lose data when a checkpoint races a reset
 * of the WAL: Debian 12's 3.40.1, which the python actors have; better-sqlite3 12.11.1 (3.53.2) is safe.
 * It takes two connections to race, so with one attached it is only worth knowing.
 * @param attached an entry for each connection to the database.
 */
export function walResetBug(...attached: readonly Attached[]): Findings {
  const affected = attached.filter((actor) => hasWalResetBug(actor.sqliteVersion));
  if (affected.length === 0) return {};
  const pids = [...new Set(affected.map((actor) => actor.pid))];
  return { 'wal-reset-bug': { severity: attached.length > 1 ? 'warning' : 'info', pids } };
}

/** Fixed in 3.51.3, and in the backports 3.50.7 and 3.44.6 (sqlite-locking.md, "Versions"). */
function hasWalResetBug(version: string): boolean {
  const [, minor = 0, patch = 0] = version.split('.').map(Number);
  if (minor === 44) return patch < 6;
  if (minor === 50) return patch < 7;
  return minor < 51 || (minor === 51 && patch < 3);
}
