import { checks } from '../doctor/checks/index.js';
import { lockObserver } from '../locks/platform.js';
import type { CheckpointDatabase, CheckpointReport, ExitCode, Unexamined } from '../report/report.js';
import { checkpointDatabase } from './checkpoint/database.js';
import { type CheckpointOptions, readCheckpointSettings } from './checkpoint/options.js';
import { deliver } from './deliver.js';
import { envelope, VERDICTS, worstExitCode } from './envelope.js';
import { type Aim, findDatabases, gatherFrom } from './gather.js';
import type { Host } from './host.js';
import { untilInterrupted } from './interrupt.js';
import { readDetail, readInterval } from './options.js';
import { filesOf, readOutputs } from './outputs.js';

/** `dblock checkpoint [db…]`: 0 nothing is left, 1 something is, 2 could not. One database after the other. */
export async function checkpoint(
  args: readonly string[],
  options: CheckpointOptions,
  host: Host,
): Promise<ExitCode> {
  const settings = readCheckpointSettings(options);
  const outputs = readOutputs('checkpoint', options, host.cwd);
  const detail = readDetail(options);
  const intervalMs = readInterval(options.interval);
  const startedAt = host.now();
  const request = { args, configFile: options.config ?? null, detail, outputs: filesOf(outputs) };
  const aim = await findDatabases(request, host);
  const { databases, unexamined } = await untilInterrupted((signal) =>
    checkpointAll(aim, { settings, intervalMs, signal }, host),
  );
  if (databases.length === 0) return 2;
  const exitCode = exitCodeOf(databases, unexamined);
  const report: CheckpointReport = {
    ...envelope('checkpoint', startedAt, host),
    verdict: VERDICTS[exitCode],
    exitCode,
    databases,
    unexamined,
  };
  await deliver(report, { outputs, checks, detail, options }, host);
  return exitCode;
}

interface Work {
  readonly settings: Parameters<typeof checkpointDatabase>[1];
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

/** The second look only says how things are now; nothing is concluded from two. */
const AFTERWARDS_MS = 10;

/** No process takes longer to start; where main() is called by a program that has run for long, its age means nothing. */
const LONGEST_START_MS = 1000;

async function checkpointAll(
  aim: Aim,
  { settings, intervalMs, signal }: Work,
  host: Host,
): Promise<Pick<CheckpointReport, 'databases' | 'unexamined'>> {
  const observer = await lockObserver(host.platform, host.pid);
  const databases: CheckpointDatabase[] = [];
  const unexamined: Unexamined[] = [];
  // Starting counts as waiting for the first of them: the command as a whole is to end in time.
  let beganMs = host.now() - Math.min(performance.now(), LONGEST_START_MS);
  for (const target of aim.databases) {
    const look = (everyMs: number) =>
      gatherFrom(
        { ...aim, databases: [target] },
        { intervalMs: everyMs, schemaFacts: false, deep: null },
        host,
      );
    const lookedMs = host.now();
    const first = await look(intervalMs);
    const looking = { beganMs, afterwardsMs: Math.max(0, host.now() - lookedMs - intervalMs) };
    unexamined.push(...first.unexamined);
    for (const examined of first.examined) {
      signal.throwIfAborted();
      const lookAgain = async () => (await look(AFTERWARDS_MS)).examined[0]?.evidence ?? null;
      const warn = (text: string) => host.stderr.write(`dblock: ${text}\n`);
      databases.push(
        await checkpointDatabase(examined, settings, { looking, observer, host, signal, lookAgain, warn }),
      );
    }
    beganMs = host.now();
  }
  return { databases, unexamined };
}

const EXIT_CODES = {
  complete: 0,
  unneeded: 0,
  incomplete: 1,
  refused: 2,
  failed: 2,
} as const satisfies Record<CheckpointDatabase['outcome']['outcome'], ExitCode>;

function exitCodeOf(databases: readonly CheckpointDatabase[], unexamined: readonly Unexamined[]): ExitCode {
  const codes = databases.map(({ outcome }) => EXIT_CODES[outcome.outcome]);
  return worstExitCode(codes, unexamined);
}
