/** One JSON object a line: what was found out, then a last line with the verdict. */
import type { CheckpointReport, DoctorReport, FixReport, LocksReport, RequeueReport } from '../report.js';
import { escapeJson } from '../sanitise.js';
import { snakeKeys } from '../snake-case.js';
import type { FormatContext } from './format.js';

/** Of the commands that look at databases; ndjson-stress.ts is for `stress`. */
type Report = DoctorReport | LocksReport | CheckpointReport | RequeueReport | FixReport;

export function render(report: Report, { sqliteVersion }: FormatContext): string {
  return [...partLines(report), ...unexaminedLines(report), lastLine(report, sqliteVersion)]
    .map(printed)
    .join('');
}

export function printed(line: object): string {
  return `${escapeJson(JSON.stringify(snakeKeys(line)))}\n`;
}

function partLines(report: Report): object[] {
  if (report.command === 'doctor') {
    return report.databases.flatMap(({ path, given, outcomes }) =>
      outcomes.map((outcome) => ({ type: 'outcome', path, given, ...outcome })),
    );
  }
  if (report.command === 'checkpoint') {
    return report.databases.map((database) => ({ type: 'checkpoint', ...database }));
  }
  if (report.command === 'requeue-orphans') {
    return report.databases.map((database) => ({ type: 'requeue', ...database }));
  }
  if (report.command === 'fix') {
    return report.databases.map((database) => ({ type: 'fix', ...database }));
  }
  return report.databases.flatMap(({ path, given, rows, limits }) => [
    ...rows.map((row) => ({ type: 'lock', path, given, ...row })),
    ...limits.map((limit) => ({ type: 'limit', path, given, limit })),
  ]);
}

function unexaminedLines({ unexamined }: Report): object[] {
  return unexamined.map((database) => ({ type: 'unexamined', ...database }));
}

/** The envelope of `--format json`; counts stand for its lists. */
function lastLine(report: Report, sqliteVersion: string | null): object {
  const { schema, tool, command, startedAt, durationMs, verdict, exitCode } = report;
  return {
    type: 'report',
    schema,
    tool: { ...tool, sqliteVersion },
    command,
    startedAt,
    durationMs,
    verdict,
    exitCode,
    databasesExamined: report.databases.length,
    databasesUnexamined: report.unexamined.length,
  };
}
