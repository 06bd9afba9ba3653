/** Which database a stress run is about, and what must be known of it before. */
import { accessSync, constants } from 'node:fs';
import { type Config, loadConfig } from '../../config.js';
import { attachedNow } from '../../doctor/attachment.js';
import { checks } from '../../doctor/checks/index.js';
import { quote, UsageProblem } from '../../problem.js';
import { fileSystemOf, readMountinfo } from '../../sqlite/file-system.js';
import { isNetworkFileSystem } from '../../sqlite/network-file-systems.js';
import { observeFiles } from '../../sqlite/observe.js';
import { scanFolder } from '../../targets/folder-scan.js';
import { resolveTargets, type Target } from '../../targets.js';
import { plural } from '../../units.js';
import { gatherFrom } from '../gather.js';
import type { Host } from '../host.js';
import type { OutputFile } from '../output-file.js';
import { refuseDatabases } from '../output-file.js';
import type { StressOptions } from './options.js';

export interface StressAim {
  readonly config: Config;
  /** `null`: a scratch database. */
  readonly target: Target | null;
  readonly notes: readonly string[];
}

/** @throws UsageProblem, or FileProblem for what is no database that can be read */
export async function findTarget(
  args: readonly string[],
  options: StressOptions,
  outputs: readonly OutputFile[],
  host: Host,
): Promise<StressAim> {
  const checkIds = checks.map(({ id }) => id);
  const config = await loadConfig({ cwd: host.cwd, file: options.config ?? null, checkIds });
  if (isNobodyNamed(args, config, host)) {
    if (options.inPlace) throw new UsageProblem('--in-place needs the database that it is to run on.');
    return { config, target: null, notes: [] };
  }
  const { databases, note } = await resolveTargets(args, { cwd: host.cwd, env: host.env, config });
  const [target, second] = databases;
  if (target === undefined || second !== undefined) {
    throw new UsageProblem(
      `dblock stress takes one database, and ${databases.length} were named. Run it for one after the other.`,
    );
  }
  refuseDatabases(outputs, [target.path]);
  observeFiles(target.path);
  return { config, target, notes: [...(note === null ? [] : [note]), ...networkNotes(target)] };
}

/** Then there is nothing to copy, and a scratch database will do. */
function isNobodyNamed(args: readonly string[], config: Config, host: Host): boolean {
  if (args.length > 0 || host.env['DBLOCK_DATABASE'] || config.databases.length > 0) return false;
  return scanFolder(host.cwd, '.').databases.length === 0;
}

function networkNotes({ path }: Target): string[] {
  const found = fileSystemOf(path, readMountinfo());
  if (!found.known || !isNetworkFileSystem(found.value.type)) return [];
  return [
    `${found.value.mountPoint} is a network file system (${found.value.type}). All actors run on this machine: the result says nothing about locks between machines, which SQLite cannot rely on there.`,
  ];
}

/** @throws UsageProblem where --in-place would fail, or disturb somebody who was not asked */
export async function checkInPlace(aim: StressAim, options: StressOptions, host: Host): Promise<void> {
  const { target } = aim;
  if (target === null || !options.inPlace) return;
  refuseReadOnly(target);
  const request = { intervalMs: 10, schemaFacts: false, deep: null };
  const { examined } = await gatherFrom({ config: aim.config, databases: [target] }, request, host);
  const pids = examined.flatMap(({ evidence }) => attachedNow(evidence));
  if (pids.length === 0 || options.yes) return;
  throw new UsageProblem(
    `${plural(pids.length, 'process has', 'processes have')} ${quote(target.given)} open (pid ${pids.slice(0, 5).join(', ')}): the load would keep them waiting. Run on a copy (without --in-place), or add --yes.`,
  );
}

function refuseReadOnly({ path, given }: Target): void {
  try {
    accessSync(path, constants.W_OK);
  } catch {
    throw new UsageProblem(
      `${quote(given)} cannot be written to by this user, so that --in-place cannot work: leave it out to run on a copy.`,
    );
  }
}
