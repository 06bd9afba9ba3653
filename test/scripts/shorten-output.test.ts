/** What docs/incidents shows of a run: lines that were printed, in their order, and a mark wherever some are missing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { shorten, shortenRequeue } from '../../scripts/shorten-output.mjs';

const TRANSCRIPTS = join(import.meta.dirname, '../transcripts');
const names = readdirSync(TRANSCRIPTS).filter((name) => /^report-stress-.*-table\.txt$/.test(name));

describe('the output of a run, shortened', () => {
  it.each(names)('%s: nothing is added, and every gap is marked', (name) => {
    const printed = readFileSync(join(TRANSCRIPTS, name), 'utf8').trimEnd().split('\n');
    const shown = shorten(printed.join('\n')).split('\n');
    let next = 0;
    let isGap = false;
    for (const line of shown) {
      if (line === '…') {
        isGap = true;
        continue;
      }
      const at = printed.indexOf(line, next);
      expect(at, line).toBeGreaterThanOrEqual(next);
      const skipped = printed.slice(next, at).filter((text) => text !== '');
      if (!isGap) expect(skipped).toEqual([]);
      if (line !== '') isGap = false;
      next = at + 1;
    }
    expect(isGap || next === printed.length).toBe(true);
    expect(shown.length).toBeLessThan(printed.length);
    expect(shown[0]).toBe(printed[0]);
  });

  it('two jobs and the end of what became of them', () => {
    const jobs = [1, 2, 3].map((id) => `    job ${id} (claimed 1 s ago): pid 7 is not running`);
    const text = [
      '✔ 3 jobs requeued.',
      'kept.db',
      '',
      'jobs',
      ...jobs,
      '  Done: 1 transaction.',
      '',
      'To undo:',
    ];
    expect(shortenRequeue(`${text.join('\n')}\n`).split('\n')).toEqual([
      ...text.slice(0, 6),
      '    …',
      '  Done: 1 transaction.',
      '…',
    ]);
  });
});
