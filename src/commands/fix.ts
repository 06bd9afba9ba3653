import { checks } from '../doctor/checks/index.js';
import { lockObserver } from '../locks/platform.js';
import { quoteList, UsageProblem } from '../problem.js';
import type { ExitCode, FixReport } from '../report/report.js';
import { deliver } from './deliver.js';
import { envelope, VERDICTS } from './envelope.js';
import { type Fixed, fixDatabase } from './fix/database.js';
import { type FixOptions, type FixSettings, readFixRequest } from './fix/options.js';
import { type Aim, findDatabases, gatherFrom } from './gather.js';
import type { Host } from './host.js';
import { untilInterrupted } from './interrupt.js';
import { readDetail, readInterval } from './options.js';
import { filesOf, readOutputs } from './outputs.js';

/** `dblock fix [db]`: 0 nothing to repair, or all that was asked for is cleared; 1 it is not; 2 could not. */
export async function fix(args: readonly string[], options: FixOptions, host: Host): Promise<ExitCode> {
  const { settings, databases: given } = readFixRequest(args, options);
  const outputs = readOutputs('fix', options, host.cwd);
  const detail = readDetail(options);
  const intervalMs = readInterval(options.interval);
  const startedAt = host.now();
  const request = { args: given, configFile: options.config ?? null, detail, outputs: filesOf(outputs) };
  const aim = await findDatabases(request, host);
  requireOne(aim);
  const fixed = await untilInterrupted((signal) => fixOne(aim, settings, intervalMs, signal, host));
  if (fixed === null) return 2;
  const exitCode = exitCodeOf(fixed, settings);
  const report: FixReport = {
    ...envelope('fix', startedAt, host),
    verdict: VERDICTS[exitCode],
    exitCode,
    databases: [fixed.database],
    unexamined: [],
  };
  await deliver(report, { outputs, checks, detail, options }, host);
  return exitCode;
}

function requireOne({ databases }: Aim): void {
  if (databases.length <= 1) return;
  const names = quoteList(
    databases.map(({ given }) => given),
    5,
  );
  throw new UsageProblem(
    `fix repairs one database at a time, and these are ${databases.length}: ${names}. Name one.`,
  );
}

/** After a repair only how things are now is asked; with somebody attached nothing about time is concluded from it. */
const AFTERWARDS_MS = 50;

async function fixOne(
  aim: Aim,
  settings: FixSettings,
  intervalMs: number,
  signal: AbortSignal,
  host: Host,
): Promise<Fixed | null> {
  const observer = await lockObserver(host.platform, host.pid);
  const look = (everyMs: number) =>
    gatherFrom(aim, { intervalMs: everyMs, schemaFacts: true, deep: null }, host);
  const { examined, config } = await look(intervalMs);
  const [one] = examined;
  if (one === undefined) return null; // the reason was told
  signal.throwIfAborted();
  const lookAgain = async () => (await look(AFTERWARDS_MS)).examined[0]?.evidence ?? null;
  return fixDatabase(one, settings, { observer, host, signal, config, lookAgain });
}

/** The worst decides. */
function exitCodeOf({ database, couldNot }: Fixed, { asked }: FixSettings): ExitCode {
  const { repairs, unrepaired, mode } = database;
  if (couldNot) return 2;
  const isWithheld = unrepaired.some(({ withheld }) => withheld);
  if (mode === 'preview') return repairs.length > 0 || isWithheld ? 1 : 0;
  const results = repairs.map(({ result }) => result.result).filter((result) => result !== 'left-out');
  if (results.includes('failed') || results.includes('not-tried')) return 2;
  const isAllDone = results.every((result) => result === 'cleared') && !(asked.kind === 'safe' && isWithheld);
  return isAllDone ? 0 : 1;
}
