/** SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), with what GitHub's code scanning asks for beyond it. */
import { fileUri } from '../../location.js';
import type { DoctorReport } from '../../report.js';
import { escapeJson } from '../../sanitise.js';
import type { FormatContext } from '../format.js';
import { notificationsOf } from './notifications.js';
import { ROOT } from './place.js';
import { resultsOf } from './results.js';
import { rulesOf } from './rules.js';

export function render(report: DoctorReport, context: FormatContext): string {
  const { tool } = report;
  const rules = rulesOf(report, context.checks);
  const run = {
    tool: { driver: { name: tool.name, version: tool.version, semanticVersion: tool.version, rules } },
    invocations: [invocationOf(report, context)],
    originalUriBaseIds: { [ROOT]: { uri: folderUri(context.cwd) } },
    results: resultsOf(report, context, rules),
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${escapeJson(JSON.stringify(log, null, 2))}\n`;
}

function invocationOf(report: DoctorReport, context: FormatContext): object {
  const { startedAt, durationMs, exitCode, verdict } = report;
  return {
    executionSuccessful: verdict !== 'incomplete',
    exitCode,
    startTimeUtc: startedAt,
    endTimeUtc: new Date(Date.parse(startedAt) + durationMs).toISOString(),
    workingDirectory: { uri: folderUri(context.cwd) },
    toolExecutionNotifications: notificationsOf(report, context),
  };
}

/** A base for relative URIs ends with a slash (§3.14.14). */
function folderUri(path: string): string {
  return fileUri(path.endsWith('/') ? path : `${path}/`);
}
