import { checks } from '../doctor/checks/index.js';
import { lockObserver } from '../locks/platform.js';
import type { RequeueDatabase } from '../queue/shapes.js';
import type { ExitCode, RequeueReport, Unexamined } from '../report/report.js';
import { deliver } from './deliver.js';
import { envelope, VERDICTS, worstExitCode } from './envelope.js';
import { findDatabases, gatherFrom } from './gather.js';
import type { Host } from './host.js';
import { untilInterrupted } from './interrupt.js';
import { readDetail, readInterval } from './options.js';
import { filesOf, readOutputs } from './outputs.js';
import { requeueDatabase } from './requeue/database.js';
import { type RequeueOptions, readRequeueSettings } from './requeue/options.js';

/** `dblock requeue-orphans [db…]`: 0 nothing to do or all done, 1 something left, 2 could not. */
export async function requeueOrphans(
  args: readonly string[],
  options: RequeueOptions,
  host: Host,
): Promise<ExitCode> {
  const settings = readRequeueSettings(options, host.cwd);
  const outputs = readOutputs('requeue-orphans', options, host.cwd);
  const detail = readDetail(options);
  const intervalMs = readInterval(options.interval);
  const startedAt = host.now();
  // A journal knows which database it is about.
  const named = args.length === 0 && settings.undo ? [settings.undo.database] : args;
  const request = { args: named, configFile: options.config ?? null, detail, outputs: filesOf(outputs) };
  const aim = await findDatabases(request, host);
  const observer = await lockObserver(host.platform, host.pid);
  const databases: RequeueDatabase[] = [];
  const unexamined: Unexamined[] = [];
  await untilInterrupted(async (signal) => {
    for (const target of aim.databases) {
      const look = { intervalMs, schemaFacts: false, deep: null };
      const gathering = await gatherFrom({ ...aim, databases: [target] }, look, host);
      unexamined.push(...gathering.unexamined);
      for (const examined of gathering.examined) {
        signal.throwIfAborted();
        databases.push(
          await requeueDatabase(examined, settings, {
            observer,
            host,
            signal,
            detail,
            intervalMs,
            config: aim.config,
          }),
        );
      }
    }
  });
  if (databases.length === 0) return 2;
  const exitCode = exitCodeOf(databases, unexamined);
  const report: RequeueReport = {
    ...envelope('requeue-orphans', startedAt, host),
    verdict: VERDICTS[exitCode],
    exitCode,
    databases,
    unexamined,
  };
  await deliver(report, { outputs, checks, detail, options }, host);
  return exitCode;
}

const EXIT_CODES = {
  clear: 0,
  done: 0,
  found: 1,
  partly: 1,
  refused: 2,
  failed: 2,
} as const satisfies Record<RequeueDatabase['outcome'], ExitCode>;

function exitCodeOf(databases: readonly RequeueDatabase[], unexamined: readonly Unexamined[]): ExitCode {
  const codes = databases.map(({ outcome }) => EXIT_CODES[outcome]);
  return worstExitCode(codes, unexamined);
}
