import { describe, expect, it } from 'vitest';
import { fenced, htmlCode, markdownCode, markdownText } from '../../src/report/formats/markdown/escape.js';
import { render } from '../../src/report/render.js';
import type { DoctorReport } from '../../src/report/report.js';
import {
  contended,
  examples,
  HOSTILE,
  HOSTILE_NAME,
  hostileReport,
  incomplete,
} from '../support/report-examples.js';
import { context, database, doctorReport, found, RESTING, STOPPED } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

const page = (report: DoctorReport, detail: 'quiet' | 'normal' | 'verbose' = 'normal') =>
  render(report, 'markdown', context({}, detail));

/** What GitHub takes in a comment. */
const COMMENT_CHARACTERS = 65_536;

describe('markdown', () => {
  it.each([...examples, ['hostile', hostileReport(HOSTILE_NAME)] as const])('%s', async (name, report) => {
    await expectTranscript(`report-doctor-${name}-markdown`, await page(report));
  });

  it('tells less and more on demand', async () => {
    const quiet = await page(contended, 'quiet');
    expect(quiet).toContain('A stopped process holds a lock');
    expect(quiet).not.toMatch(/Muted|Skipped|checks clear/);
    expect(await page(contended, 'verbose')).toContain('<summary>Inapplicable (1)</summary>');
  });

  it('has the worst first, unfolded', async () => {
    const summaries = (await page(incomplete)).match(/^<details.*$/gm);
    expect(summaries).toEqual([
      '<details open><summary><b>incomplete</b>: Not examined in <code>x.db</code></summary>',
      '<details open><summary><b>incomplete</b>: A check crashed in <code>app.db</code></summary>',
      '<details><summary><b>warning</b>: A reader keeps the WAL from being checkpointed in <code>/srv/queue.db</code></summary>',
      '<details><summary>Skipped (2)</summary>',
    ]);
  });

  it('calls commands shell or SQL', async () => {
    const withCommands = (commands: string[]) =>
      page(doctorReport([database([found('freelist', { remedy: { text: '', commands } })])]));
    expect(await withCommands(['PRAGMA optimize;', 'VACUUM;'])).toContain(
      '**Do:** Run:\n\n```sql\nPRAGMA optimize;\nVACUUM;\n```',
    );
    expect(await withCommands(["sqlite3 a.db 'VACUUM;'"])).toContain("```sh\nsqlite3 a.db 'VACUUM;'\n```");
  });
});

describe('a report that is too long', () => {
  const many = (count: number, text = 'why it was found') =>
    doctorReport(
      Array.from({ length: count }, (_, index) =>
        database([...RESTING, found('freelist', { severity: 'info', summary: text })], {
          path: `/data/${index}.db`,
        }),
      ).concat(database([STOPPED, { id: 'x', outcome: 'skipped', reason: text }])),
    );

  it.each([
    ['many databases', many(2000)],
    ['long texts', many(30, 'long '.repeat(2000))],
    ['one endless text', many(1, '<'.repeat(200_000))],
    ['an endless name', doctorReport([database([STOPPED], { path: `/data/${'|'.repeat(100_000)}` })])],
  ])('%s: is shortened, and says so', async (_, report) => {
    for (const detail of ['quiet', 'normal', 'verbose'] as const) {
      const text = await page(report, detail);
      expect(text.length).toBeLessThan(COMMENT_CHARACTERS);
      expect(text).toMatch(/^_The details of [\d,]+ more are left off/m);
      expect(text.match(/<details/g) ?? []).toHaveLength(text.match(/^<\/details>$/gm)?.length ?? 0);
    }
  });

  it('keeps what is worst', async () => {
    const text = await page(many(2000));
    expect(text).toContain('| critical | A stopped process holds a lock | `app.db` |');
    expect(text).toContain('kill -CONT 4121');
    expect(text).toMatch(/^\| \| and [\d,]+ more \| \| \|$/m);
  });

  it('is not shortened below', async () => {
    expect(await page(many(20))).not.toContain('left off');
  });
});

describe('text from outside', () => {
  it.each(HOSTILE)('is neither Markdown, HTML nor a link: %j', async (text) => {
    const inline = markdownText(text);
    expect(inline).not.toMatch(/[\n\r`*[\]|~$<>"\\\p{Cc}\p{Bidi_C}]/u);
    expect(inline).not.toMatch(/@(?!&#8203;)|:\/\/|www\.|(?<!&)#\d|GH-\d|:smile:/);
    expect(inline).not.toMatch(/&(?!#\d+;)/);
    expect(htmlCode(text)).toBe(`<code>${inline}</code>`);
  });

  it.each([
    ['snake_case stays', 'snake_case stays'],
    ['_em_', '&#95;em&#95;'],
    ['pid 4121: 20 % of #1', 'pid 4121: 20 % of #&#8203;1'],
    ['at 03:00:00', 'at 03:00:00'],
    ['a & b < c', 'a &#38; b &#60; c'],
    ['see @octocat', 'see @&#8203;octocat'],
    ['# no heading', '#&#8203; no heading'],
    ['- no list', '&#45; no list'],
    ['12. no list', '&#49;2. no list'],
    ['1,200 pages', '1,200 pages'],
    ['    no code', '&#32;   no code'],
  ])('%j becomes %j', (text, expected) => {
    expect(markdownText(text)).toBe(expected);
  });

  it.each([
    ['var/app.db', '`var/app.db`'],
    ['<b>@x', '`<b>@x`'],
    ['a|b', '<code>a&#124;b</code>'],
    ['a`b', '<code>a&#96;b</code>'],
    ['a\nb', '<code>a&#92;nb</code>'],
    [' a', '<code>&#32;a</code>'],
  ])('%j as code is %s', (text, expected) => {
    expect(markdownCode(text)).toBe(expected);
  });

  it('does not end a fence', () => {
    expect(fenced('sh', ['echo ````', '```'])).toBe('`````sh\necho ````\n```\n`````');
    expect(fenced('sh', ['echo `a`'])).toBe('```sh\necho `a`\n```');
  });

  it('shows no command that it would have to change', async () => {
    const text = await page(hostileReport(HOSTILE.join(' ')));
    expect(text).toContain('(a command with control characters: see --format json)');
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Zl}\p{Bidi_C}]/u);
  });
});
