/** Which databases a command is about. Decides existence and kind; what is in a file, the evidence says. */
import { dirname, join } from 'node:path';
import type { Config } from './config.js';
import { quote, quoteList, UsageProblem } from './problem.js';
import { type Resolved, resolveArgument, type Target, toTarget } from './targets/argument.js';
import { scanFolder } from './targets/folder-scan.js';
import { statOrNull } from './targets/unreachable.js';

export type { Target } from './targets/argument.js';

export interface Targets {
  /** At least one; each file once. */
  readonly databases: readonly Target[];
  /** How the choice was made, where the user made none; for stderr. */
  readonly note: string | null;
  /** What was passed over although it may be a database; for stderr, however quiet. */
  readonly warning: string | null;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config: Config;
}

/**
 * Arguments, else DBLOCK_DATABASE, else the configuration, else the only database in the working directory.
 * @throws UsageProblem where a name leads to no file that could be a database, or the choice is not clear
 */
export async function resolveTargets(args: readonly string[], around: Surroundings): Promise<Targets> {
  if (args.length > 0) return resolveAll(args, around.cwd, '');
  const { DBLOCK_DATABASE: fromEnvironment } = around.env;
  if (fromEnvironment) return resolveAll([fromEnvironment], around.cwd, 'DBLOCK_DATABASE: ');
  const { file, databases } = around.config;
  if (file && databases.length > 0)
    return resolveAll(databases, dirname(file.path), `${file.name}: databases: `);
  return onlyDatabaseIn(around.cwd);
}

function onlyDatabaseIn(cwd: string): Targets {
  const { databases, unseen } = scanFolder(cwd, '.');
  const [only, second] = databases;
  if (only === undefined) {
    throw new UsageProblem(
      `No database was named, and this folder has none${unseenNote(unseen)}. Name one (dblock doctor app.db), set DBLOCK_DATABASE, list "databases" in dblock.config.json, or run dblock in the folder of the only one.`,
    );
  }
  if (second !== undefined) {
    throw new UsageProblem(
      `No database was named, and this folder has ${databases.length}: ${quoteList(databases)}. Name those to look at, or give "." for all.`,
    );
  }
  const note = `No database was named: looking at ${quote(only)}, the only one in this folder.`;
  return {
    databases: [toTarget({ path: join(cwd, only), given: only })],
    note,
    warning: unseenWarning(unseen),
  };
}

/** @param origin begins the message about a name that is not on the command line */
async function resolveAll(names: readonly string[], base: string, origin: string): Promise<Targets> {
  const targets: Target[] = [];
  const unseen: string[] = [];
  for (const name of names) {
    const resolved = await resolveFrom(origin, name, base);
    targets.push(...resolved.targets);
    unseen.push(...resolved.unseen);
  }
  return { databases: eachFileOnce(targets), note: null, warning: unseenWarning(unseen) };
}

async function resolveFrom(origin: string, name: string, base: string): Promise<Resolved> {
  try {
    return await resolveArgument(name, base);
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    throw new UsageProblem(`${origin}${error.message}`, { cause: error });
  }
}

/** By inode: several names of one file are one lock domain and one database. The first name stays. */
function eachFileOnce(targets: readonly Target[]): Target[] {
  const seen = new Set<string>();
  return targets.filter(({ path }) => {
    const stats = statOrNull(path);
    const identity = stats === null ? path : `${stats.dev}:${stats.ino}`;
    const fresh = !seen.has(identity);
    seen.add(identity);
    return fresh;
  });
}

function unseenWarning(unseen: readonly string[]): string | null {
  return unseen.length === 0 ? null : `Not looked at: ${unseen.join(', ')}.`;
}

function unseenNote(unseen: readonly string[]): string {
  return unseen.length === 0 ? '' : ` (not looked at: ${unseen.join(', ')})`;
}
