import { checks } from '../doctor/checks/index.js';
import { lockRows } from '../doctor/lock-rows.js';
import { locksView, processesView } from '../doctor/questions.js';
import type { Evidence } from '../doctor/shapes.js';
import type { ExitCode, LocksReport } from '../report/report.js';
import { deliver } from './deliver.js';
import { envelope } from './envelope.js';
import { gather } from './gather.js';
import type { Host } from './host.js';
import { type CommonOptions, readDetail, readInterval } from './options.js';
import { filesOf, readOutputs } from './outputs.js';

/** `dblock locks [db…]`: who holds which lock now. It judges nothing: 0 whenever it could look. */
export async function locks(args: readonly string[], options: CommonOptions, host: Host): Promise<ExitCode> {
  const outputs = readOutputs('locks', options, host.cwd);
  const detail = readDetail(options);
  const intervalMs = readInterval(options.interval);
  const configFile = options.config ?? null;
  const startedAt = host.now();
  const { examined, unexamined } = await gather(
    { args, configFile, intervalMs, detail, outputs: filesOf(outputs), schemaFacts: false, deep: null },
    host,
  );
  if (examined.length === 0) return 2;
  const complete = unexamined.length === 0;
  const report: LocksReport = {
    ...envelope('locks', startedAt, host),
    verdict: complete ? 'ok' : 'incomplete',
    exitCode: complete ? 0 : 2,
    databases: examined.map(({ path, given, evidence }) => ({
      path,
      given,
      rows: lockRows(evidence),
      limits: limitsOf(evidence),
    })),
    unexamined,
  };
  await deliver(report, { outputs, checks, detail, options }, host);
  return report.exitCode;
}

const ALWAYS_INVISIBLE = [
  'Processes that wait for a lock: SQLite polls for it and never queues in the kernel.',
  'Which connection or thread inside a process holds a lock: the kernel knows processes only.',
];

/** What nobody can see from outside, and what could not be seen here. */
function limitsOf(evidence: Evidence): string[] {
  const views = [locksView(evidence), processesView(evidence)];
  const here = views.flatMap((view) => (view.complete ? [] : view.reason));
  return [...new Set([...here, ...ALWAYS_INVISIBLE])];
}
