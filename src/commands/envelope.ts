import {
  type Command,
  type ExitCode,
  REPORT_SCHEMA,
  type Unexamined,
  type Verdict,
} from '../report/report.js';
import type { Milliseconds } from '../units.js';
import type { Host } from './host.js';
import { toolInfo } from './tool.js';

/** What every report begins with, made when the work is done. `startedAtMs`: Unix time. */
export function envelope<C extends Command>(command: C, startedAtMs: Milliseconds, host: Host) {
  return {
    schema: REPORT_SCHEMA,
    tool: toolInfo(),
    command,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: host.now() - startedAtMs,
  } as const;
}

/** Of the commands that do something; `doctor` has verdicts of its own. */
export const VERDICTS = { 0: 'ok', 1: 'warning', 2: 'incomplete' } as const satisfies Record<
  ExitCode,
  Verdict
>;

/** Of what came of several databases the worst decides; one that could not be looked at is worst. */
export function worstExitCode(codes: readonly ExitCode[], unexamined: readonly Unexamined[]): ExitCode {
  if (unexamined.length > 0 || codes.includes(2)) return 2;
  return codes.includes(1) ? 1 : 0;
}
