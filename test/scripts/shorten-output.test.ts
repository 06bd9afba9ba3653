/** What docs/incidents shows of a run: lines that were printed, in their order, and a mark wherever some are missing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { beyondScreen, MOST_COLUMNS, MOST_LINES } from '../../scripts/incident-page.mjs';
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
      const text = line.replace(/ …$/, '');
      const at = printed.indexOf(text, next);
      expect(at, line).toBeGreaterThanOrEqual(next);
      const skipped = printed.slice(next, at).filter((text) => text !== '');
      if (!isGap) expect(skipped).toEqual([]);
      isGap = text !== line;
      next = at + 1;
    }
    expect(isGap || next === printed.length).toBe(true);
    expect(shown.length).toBeLessThan(printed.length);
    expect(shown[0]?.replace(/ …$/, '')).toBe(printed[0]);
  });

  it('what became of jobs', () => {
    const text = '✔ 3 jobs requeued.\nkept.db\n\njobs\n  Done: 1 transaction.\n\nTo undo:\n';
    expect(shortenRequeue(text)).toBe('✔ 3 jobs requeued. …');
  });
});

const PAGES = join(import.meta.dirname, '../../docs/incidents');
const pages = readdirSync(PAGES).filter((name) => name.endsWith('.md'));

describe('the pages of the incidents', () => {
  it('are five', () => {
    expect(pages).toHaveLength(5);
  });

  it.each(pages)('%s is one screen', (name) => {
    expect(beyondScreen(readFileSync(join(PAGES, name), 'utf8'))).toEqual([]);
  });

  it('are seen if they are longer or wider', () => {
    expect(beyondScreen('line\n'.repeat(MOST_LINES))).toEqual([]);
    expect(beyondScreen('line\n'.repeat(MOST_LINES + 1))).toHaveLength(1);
    expect(beyondScreen('–'.repeat(MOST_COLUMNS))).toEqual([]);
    expect(beyondScreen('–'.repeat(MOST_COLUMNS + 1))).toHaveLength(1);
  });
});
