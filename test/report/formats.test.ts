import { describe, expect, it } from 'vitest';
import { formatNames, formatsFor, isFormatName } from '../../src/report/formats/index.js';
import { render } from '../../src/report/render.js';
import type { Report } from '../../src/report/report.js';
import { context, database, doctorReport, locksReport, RESTING, STOPPED } from '../support/reports.js';

const reports: Report[] = [
  doctorReport([database([...RESTING, STOPPED])]),
  locksReport([{ path: '/data/app.db', given: 'app.db', rows: [], limits: [] }]),
];

describe('formats', () => {
  it('are known by name', () => {
    expect(formatNames).toEqual(['table', 'json']);
    expect(isFormatName('json')).toBe(true);
    expect(isFormatName('toString')).toBe(false);
  });

  it.each(reports.map((report) => [report.command, report] as const))(
    'each prints %s',
    async (command, report) => {
      for (const format of formatsFor(command)) {
        const text = await render(report, format, context());
        expect(text).toMatch(/[^\n]\n$/);
        expect(text).toContain('/data/app.db');
      }
    },
  );
});
