import type { Report } from '../report.js';
import { escapeJson } from '../sanitise.js';
import { snakeKeys } from '../snake-case.js';
import type { FormatContext } from './format.js';

/** The envelope in the order of design.md, then the command's part. */
export function render(report: Report, { sqliteVersion }: FormatContext): string {
  const { schema, tool, command, startedAt, durationMs, verdict, exitCode, ...part } = report;
  const envelope = {
    schema,
    tool: { ...tool, sqliteVersion },
    command,
    startedAt,
    durationMs,
    verdict,
    exitCode,
    ...part,
  };
  return `${escapeJson(JSON.stringify(snakeKeys(envelope), null, 2))}\n`;
}
