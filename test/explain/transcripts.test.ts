import { describe, expect, it } from 'vitest';
import { checks } from '../../src/doctor/checks/index.js';
import { findPage } from '../../src/explain/lookup.js';
import type { Page } from '../../src/explain/page.js';
import { allPages } from '../../src/explain/pages.js';
import { visibleWidth } from '../../src/report/layout.js';
import * as markdown from '../../src/report/pages/markdown.js';
import * as table from '../../src/report/pages/table.js';
import type { Terminal } from '../../src/report/terminal.js';
import { scenarios } from '../../src/stress/scenarios/index.js';
import { expectTranscript } from '../support/transcripts.js';

const PLAIN: Terminal = { colour: false, columns: 80, interactive: false, unicode: true };
const pages = allPages(checks, scenarios);
const pageOf = (query: string): Page => {
  const page = findPage(query, pages);
  if (!page) throw new Error(`no page for ${query}`);
  return page;
};

describe('a page in the terminal', () => {
  it.each([
    ['database is locked', 'database-is-locked'],
    ['517', 'busy-snapshot'],
    ['WRITE', 'write'],
    ['claim-race', 'claim-race'],
  ])('%s at 80 columns', async (query, name) => {
    await expectTranscript(`explain-${name}-80`, table.renderPage(pageOf(query), PLAIN));
  });

  it.each(pages.map((page) => [page.id, page] as const))('%s fits into 80 columns', (_, page) => {
    const unbroken = page.sections.flatMap(({ blocks }) =>
      blocks.flatMap((block) => (block.kind === 'commands' ? block.lines : [])),
    );
    for (const line of table.renderPage(page, PLAIN).trimEnd().split('\n')) {
      const isWhole = unbroken.includes(line.trim()) || /^ *(- )?\S+$/.test(line);
      expect(visibleWidth(line) <= 80 || isWhole, line).toBe(true);
      expect(line).toBe(line.trimEnd());
    }
  });

  it('is the same in colour but for the colour', () => {
    const page = pageOf('PENDING');
    const painted = table.renderPage(page, { ...PLAIN, colour: true });
    expect(painted).toContain('\x1b[');
    expect(painted.replace(/\x1b\[\d+m/g, '')).toBe(table.renderPage(page, PLAIN));
  });
});

describe('the list of pages', () => {
  it('names each, by kind', () => {
    const text = table.renderList(pages, { ...PLAIN, columns: 200 });
    const lines = text.split('\n');
    const headings = lines.filter((line) => /^\S/.test(line));
    expect(headings).toEqual([
      'Error texts',
      'Error codes',
      'Locks',
      'Checks of dblock doctor',
      'Scenarios of dblock stress',
    ]);
    for (const { id } of pages) expect(lines.some((line) => line.startsWith(`  ${id} `))).toBe(true);
  });
});

describe('a page in Markdown', () => {
  it('has headings, fenced commands, tables and links', () => {
    const text = markdown.renderPage(pageOf('517'));
    expect(text).toMatch(/^# SQLITE\\_BUSY\\_SNAPSHOT \(517\)\n\nThe transaction has read/);
    expect(text).toContain('\n## What to do now\n');
    expect(text).toContain('```sql\nROLLBACK;\nBEGIN IMMEDIATE;\n```');
    expect(text).toContain('| when | why |\n| --- | --- |\n| BEGIN, SELECT,');
    expect(text).toContain('- <https://www.sqlite.org/rescode.html#busy_snapshot>');
  });

  it.each(pages.map((page) => [page.id, page] as const))('%s has tables of even rows', (_, page) => {
    const rows = markdown
      .renderPage(page)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    for (const row of rows) expect(row.endsWith(' |')).toBe(true);
    const cells = rows.map((row) => row.split(/(?<!\\)\|/).length);
    for (const block of page.sections.flatMap(({ blocks }) => blocks)) {
      if (block.kind === 'table') expect(cells).toContain(block.head.length + 2);
    }
  });
});
