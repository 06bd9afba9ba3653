import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import { applied, failed, fixDatabase, fixReport, plan } from '../support/fix-reports.js';
import { HOSTILE, HOSTILE_NAME } from '../support/report-examples.js';
import { context } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

describe('the report of fix', () => {
  it.each([
    ['plan', plan],
    ['applied', applied],
    ['failed', failed],
  ])('%s, as a table and as Markdown', async (name, database) => {
    const report = fixReport(database);
    await expectTranscript(`report-fix-${name}-80`, await render(report, 'table', context()));
    await expectTranscript(`report-fix-${name}-markdown`, await render(report, 'markdown', context()));
  });

  it('quiet and verbose', async () => {
    const report = fixReport(applied);
    await expectTranscript('report-fix-applied-quiet', await render(report, 'table', context({}, 'quiet')));
    const verbose = await render(report, 'table', context({ columns: 120 }, 'verbose'));
    await expectTranscript('report-fix-applied-120', verbose);
  });

  it.each(['table', 'markdown', 'ndjson'] as const)(
    '%s: no name does something to a terminal',
    async (format) => {
      const name = `${HOSTILE_NAME}\u001b[31m`;
      const [repair] = plan.repairs;
      if (!repair) throw new Error('no repair');
      const evil = {
        ...repair,
        repair: { ...repair.repair, what: name, steps: [name], notes: [name], locks: name },
      };
      const report = fixReport(
        fixDatabase({ path: name, given: name, summary: name, repairs: [evil], notes: [name] }),
      );
      const printed = await render(report, format, context());
      expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_C}]/u);
    },
  );

  it.each(HOSTILE)('Markdown lets nothing of it be HTML: %j', async (text) => {
    const report = fixReport(fixDatabase({ summary: text, notes: [text] }));
    expect(await render(report, 'markdown', context())).not.toContain('<script>');
  });
});
