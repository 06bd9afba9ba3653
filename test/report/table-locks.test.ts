import { describe, expect, it } from 'vitest';
import type { FormatContext } from '../../src/report/formats/format.js';
import { render } from '../../src/report/render.js';
import { context, LOCK_ROWS, lockRow, locksReport } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

const LIMIT = 'Processes that wait for a lock: SQLite polls for it and never queues in the kernel.';

const held = locksReport([{ path: '/data/app.db', given: 'app.db', rows: LOCK_ROWS, limits: [LIMIT] }]);
const several = locksReport([
  { path: '/data/app.db', given: 'app.db', rows: [], limits: [LIMIT] },
  {
    path: '/data/other.db',
    given: 'other.db',
    rows: [lockRow()],
    limits: ['Its process runs as another user.', LIMIT],
  },
]);

const page = (how: FormatContext, report = held) => render(report, 'table', how);

describe('the table of locks', () => {
  it('stands side by side where there is room, and one below the other where not', async () => {
    await expectTranscript('report-locks-120', await page(context({ columns: 120 })));
    await expectTranscript('report-locks-80', await page(context()));
  });

  it('is the same in colour but for the colour', async () => {
    for (const columns of [80, 120]) {
      const coloured = await page(context({ columns, colour: true }));
      await expectTranscript(`report-locks-${columns}-colour`, coloured);
      expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(await page(context({ columns })));
    }
  });

  it.each([40, 60, 80, 100, 120, 200])('keeps to %i columns and breaks no word', async (columns) => {
    const text = await page(context({ columns }));
    const tooWide = text.split('\n').filter((line) => line.length > columns);
    expect(tooWide.filter((line) => line.trim().includes(' '))).toEqual([]);
    expect(text).toContain('checkpoints');
    expect(text).not.toMatch(/ $/m);
  });

  it('tells each limit once, and where it does not hold for all', async () => {
    await expectTranscript('report-locks-several', await page(context(), several));
  });

  it('shows the whole command only on demand', async () => {
    const wide = { columns: 120 };
    expect(await page(context(wide))).not.toContain('items');
    expect(await page(context(wide, 'verbose'))).toContain('items');
  });

  it('keeps a table for short rows at 80 columns', async () => {
    const short = locksReport([
      { path: '/d.db', given: '/d.db', rows: [lockRow({ role: 'writer', locks: ['WRITE'] })], limits: [] },
    ]);
    await expectTranscript('report-locks-short-80', await page(context(), short));
  });
});
