/** From the command line to evidence: what `doctor` and `locks` have in common. */
import { type Config, loadConfig } from '../config.js';
import { checks } from '../doctor/checks/index.js';
import type { DeepOptions } from '../doctor/deep.js';
import { gatherEvidence } from '../doctor/evidence.js';
import type { Declared, Evidence } from '../doctor/shapes.js';
import { known } from '../known.js';
import { lockObserver } from '../locks/platform.js';
import type { Unexamined } from '../report/report.js';
import { FileProblem } from '../sqlite/errors.js';
import { resolveTargets, type Target } from '../targets.js';
import type { Milliseconds } from '../units.js';
import type { Host } from './host.js';
import type { Detail } from './options.js';
import { type OutputFile, refuseDatabases } from './output-file.js';

export interface GatherRequest {
  readonly args: readonly string[];
  /** `--config`. */
  readonly configFile: string | null;
  readonly intervalMs: Milliseconds;
  readonly detail: Detail;
  /** Whether checks will be run, so that the schema must be asked too. */
  readonly schemaFacts: boolean;
  /** `null`: no private copies. */
  readonly deep: DeepOptions | null;
  /** What will be written: none may be a database that is to be examined. */
  readonly outputs: readonly OutputFile[];
}

export interface Examined {
  readonly path: string;
  /** As the user named it. */
  readonly given: string;
  readonly evidence: Evidence;
}

export interface Gathering {
  readonly config: Config;
  readonly examined: readonly Examined[];
  /** Databases that could not be looked at; each was already told to the user. */
  readonly unexamined: readonly Unexamined[];
}

/** What a command is about. */
export interface Aim {
  readonly config: Config;
  readonly databases: readonly Target[];
}

/** Finds the configuration and the databases, and takes evidence of each. Problems of single files go to stderr. */
export async function gather(request: GatherRequest, host: Host): Promise<Gathering> {
  return gatherFrom(await findDatabases(request, host), request, host);
}

/** Finds the configuration and the databases, and looks at none of them. */
export async function findDatabases(
  request: Pick<GatherRequest, 'args' | 'configFile' | 'detail' | 'outputs'>,
  host: Host,
): Promise<Aim> {
  const checkIds = checks.map(({ id }) => id);
  const config = await loadConfig({ cwd: host.cwd, file: request.configFile, checkIds });
  const { databases, note, warning } = await resolveTargets(request.args, {
    cwd: host.cwd,
    env: host.env,
    config,
  });
  refuseDatabases(
    request.outputs,
    databases.map(({ path }) => path),
  );
  if (note && request.detail !== 'quiet') host.stderr.write(`dblock: ${note}\n`);
  if (warning) host.stderr.write(`dblock: ${warning}\n`);
  return { config, databases };
}

/** Takes evidence of each database. Problems of single files go to stderr. */
export async function gatherFrom(
  { config, databases }: Aim,
  request: Pick<GatherRequest, 'intervalMs' | 'schemaFacts' | 'deep'>,
  host: Host,
): Promise<Gathering> {
  const results = await gatherEvidence(
    databases.map(({ path }) => path),
    {
      platform: host.platform,
      observer: await lockObserver(host.platform, host.pid),
      now: host.now,
      sleep: host.sleep,
      intervalMs: request.intervalMs,
      declared: declaredIn(config),
      schemaFacts: request.schemaFacts,
      ...(request.schemaFacts ? { readQueues: (evidence) => readQueues(evidence, config, host) } : {}),
      deep: request.deep,
    },
  );
  const examined: Examined[] = [];
  const unexamined: Unexamined[] = [];
  databases.forEach(({ path, given }, index) => {
    const result = results[index];
    if (result instanceof FileProblem) unexamined.push({ path, given, reason: result.message });
    else if (result) examined.push({ path, given, evidence: result });
  });
  for (const { reason } of unexamined) host.stderr.write(`dblock: ${reason}\n`);
  return { config, examined, unexamined };
}

/** Loaded only where a table might be a queue, or is said to be one. */
async function readQueues(
  evidence: Evidence,
  { queues }: Config,
  host: Host,
): Promise<NonNullable<Evidence['queues']>> {
  const { schemaObjects } = evidence;
  if (!schemaObjects.known) return schemaObjects;
  const mayBeQueue = schemaObjects.value.some(({ type, sql }) => type === 'table' && CLAIMED.test(sql ?? ''));
  if (!mayBeQueue && queues.length === 0) return known([]);
  return (await import('./queue-facts.js')).readQueueFacts(evidence, queues, host);
}

/** In the definition of every table whose rows a preset counts as claimed. */
const CLAIMED = /reserved_at|locked|process_id|processing|status|state|delivered_at|acquired_by/i;

function declaredIn({ workers, connections }: Config): Declared {
  return { ...(workers === null ? {} : { workers }), connections };
}
