import { describe, expect, it } from 'vitest';
import { formatNames, formatsFor, isFormatName } from '../../src/report/formats/index.js';
import { render } from '../../src/report/render.js';
import type { Report } from '../../src/report/report.js';
import { checkpointReport, complete } from '../support/checkpoint-reports.js';
import { fixReport, plan } from '../support/fix-reports.js';
import { context, database, doctorReport, locksReport, RESTING, STOPPED } from '../support/reports.js';
import { found, requeueReport } from '../support/requeue-reports.js';
import { stressReportOf } from '../support/stress-runs.js';

const reports: Report[] = [
  doctorReport([database([...RESTING, STOPPED])]),
  locksReport([{ path: '/data/app.db', given: 'app.db', rows: [], limits: ['That.'] }]),
  checkpointReport([complete]),
  fixReport(plan),
  requeueReport([found]),
  stressReportOf(),
];

describe('formats', () => {
  it('are known by name', () => {
    expect(formatNames).toEqual(['table', 'json', 'ndjson', 'markdown', 'junit', 'sarif', 'github', 'html']);
    expect(isFormatName('json')).toBe(true);
    expect(isFormatName('toString')).toBe(false);
  });

  it('leave out what a command has nothing to say in', () => {
    expect(formatsFor('locks')).toEqual(['table', 'json', 'ndjson']);
    expect(formatsFor('checkpoint')).toEqual(['table', 'json', 'ndjson']);
    expect(formatsFor('fix')).toEqual(['table', 'json', 'ndjson', 'markdown']);
    expect(formatsFor('requeue-orphans')).toEqual([
      ...['table', 'json', 'ndjson', 'markdown', 'junit', 'github'],
    ]);
    expect(formatsFor('doctor')).toEqual(formatNames.filter((name) => name !== 'html'));
  });

  it.each(reports.map((report) => [report.command, report] as const))(
    'each prints %s',
    async (command, report) => {
      for (const format of formatsFor(command)) {
        const text = await render(report, format, context());
        expect(text).toMatch(/[^\n]\n$/);
        expect(text).toContain('app.db');
      }
    },
  );
});
