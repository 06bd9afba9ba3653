import { checks } from '../doctor/checks/index.js';
import { lockObserver } from '../locks/platform.js';
import { quoteList, UsageProblem } from '../problem.js';
import {
  type ExitCode,
  type FixDatabase,
  type FixReport,
  REPORT_SCHEMA,
  type Unexamined,
  type Verdict,
} from '../report/report.js';
import { deliver } from './deliver.js';
import { fixDatabase } from './fix/database.js';
import { type FixOptions, type FixSettings, readFixRequest } from './fix/options.js';
import { type Aim, findDatabases, gatherFrom } from './gather.js';
import type { Host } from './host.js';
import { untilInterrupted } from './interrupt.js';
import { readDetail, readInterval } from './options.js';
import { filesOf, readOutputs } from './outputs.js';
import { toolInfo } from './tool.js';

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
  const { databases, unexamined } = await untilInterrupted((signal) =>
    fixOne(aim, settings, intervalMs, signal, host),
  );
  if (databases.length === 0) return 2;
  const exitCode = exitCodeOf(databases, settings);
  const report: FixReport = {
    schema: REPORT_SCHEMA,
    tool: toolInfo(),
    command: 'fix',
    startedAt: new Date(startedAt).toISOString(),
    durationMs: host.now() - startedAt,
    verdict: VERDICTS[exitCode],
    exitCode,
    databases,
    unexamined,
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
): Promise<{ readonly databases: readonly FixDatabase[]; readonly unexamined: readonly Unexamined[] }> {
  const observer = await lockObserver(host.platform, host.pid);
  const look = (everyMs: number) =>
    gatherFrom(aim, { intervalMs: everyMs, schemaFacts: true, deep: null }, host);
  const { examined, unexamined, config } = await look(intervalMs);
  const [one] = examined;
  if (one === undefined) return { databases: [], unexamined };
  signal.throwIfAborted();
  const lookAgain = async () => (await look(AFTERWARDS_MS)).examined[0]?.evidence ?? null;
  const database = await fixDatabase(one, settings, config.mute, { observer, host, signal, lookAgain });
  return { databases: [database], unexamined };
}

const VERDICTS = { 0: 'ok', 1: 'warning', 2: 'incomplete' } as const satisfies Record<ExitCode, Verdict>;

/** The worst decides. */
function exitCodeOf([database]: readonly FixDatabase[], { asked }: FixSettings): ExitCode {
  if (database === undefined) return 2;
  const { repairs, unrepaired, mode } = database;
  const isBlocked = unrepaired.some(({ withheld }) => withheld);
  if (mode === 'preview') return repairs.length > 0 || isBlocked ? 1 : 0;
  const results = repairs.map(({ result }) => result.result).filter((result) => result !== 'left-out');
  if (results.includes('failed') || results.includes('not-tried')) return 2;
  const isRefused =
    asked.kind === 'ids' && unrepaired.some(({ id, withheld }) => withheld && isAsked(asked.ids, id));
  if (isRefused) return 2;
  if (results.length === 0 && asked.kind === 'safe' && isBlocked) return 2;
  return results.every((result) => result === 'cleared') ? 0 : 1;
}

function isAsked(ids: readonly string[], check: string): boolean {
  return ids.some((id) => id === check || id.startsWith(`${check}-`));
}
