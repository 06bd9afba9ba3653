import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { CheckpointDatabase } from '../../src/report/report.js';
import {
  checkpointDatabase,
  checkpointReport,
  complete,
  incomplete,
  refused,
} from '../support/checkpoint-reports.js';
import { HOSTILE_NAME } from '../support/report-examples.js';
import { context } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

const table = (databases: CheckpointDatabase[], ...how: Parameters<typeof context>) =>
  render(checkpointReport(databases), 'table', context(...how));

describe('the table of checkpoint', () => {
  it.each([
    ['complete', complete],
    ['incomplete', incomplete],
    ['refused', refused],
  ])('%s', async (name, database) => {
    await expectTranscript(`report-checkpoint-${name}-80`, await table([database]));
  });

  it('of several, quiet and verbose', async () => {
    const all = [complete, incomplete, refused];
    await expectTranscript('report-checkpoint-several-quiet', await table(all, {}, 'quiet'));
    await expectTranscript('report-checkpoint-several-120', await table(all, { columns: 120 }, 'verbose'));
  });

  it('lets no name through that would do something to a terminal', async () => {
    const name = `${HOSTILE_NAME}\u001b[31m`;
    const printed = await table([checkpointDatabase({ path: name, notes: [name], savedFiles: [name] })]);
    expect(printed.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_C}]/u);
  });
});
