/** The page of `dblock stress --format html`, opened as a person would. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { render } from '../../src/report/formats/html/stress.js';
import { compareRemedies } from '../../src/stress/comparison.js';
import type { StressResult } from '../../src/stress/result-shapes.js';
import { type Browser, type BrowserPage, openBrowser } from '../support/browser.js';
import { runDblock } from '../support/dblock.js';
import { skipReason, titled } from '../support/programs.js';
import { FORMAT_CONTEXT, limitOf, runOf, stressReportOf } from '../support/stress-runs.js';

const page = (changes: Partial<StressResult> = {}) => render(stressReportOf(changes), FORMAT_CONTEXT);

/** What a canvas has in it besides nothing: how many different colours. */
const COLOURS_OF_CANVASES = `[...document.querySelectorAll('canvas')].map((canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 0) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  return colours.size;
})`;

const HOSTILE =
  '/srv/</script><script>document.title="taken"</script><img src=x onerror=alert(1)>\u202e"\'&.db';

describe('the page', () => {
  it('asks nobody for anything, and lets only its own scripts and styles run', () => {
    const text = page();
    const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(text) ?? [];
    expect(policy).toMatch(/^default-src &#39;none&#39;; script-src/);
    const scripts = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = '']) => script);
    expect(scripts).toHaveLength(2);
    for (const script of scripts)
      expect(policy).toContain(`sha256-${createHash('sha256').update(script).digest('base64')}`);
    expect(text).not.toMatch(/unsafe-inline|unsafe-eval|\shref=|\ssrc=|@import|url\(/);
  });

  it('keeps text from outside text', () => {
    const text = page({ target: { path: HOSTILE, given: HOSTILE }, notes: [HOSTILE] });
    expect(text).not.toContain('<script>document');
    expect(text).not.toContain('<img');
    expect(text).not.toContain('\u202e');
    expect(text).toContain('&lt;script&gt;');
  });
});

const missing = skipReason(['chromium']);

describe.skipIf(missing)(titled('in Chromium', ['chromium']), () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dblock-page-'));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(name: string, text: string, width = 1280, scheme: 'light' | 'dark' = 'light') {
    const file = join(folder, `${name}.html`);
    await writeFile(file, text);
    return browser.open(file, { width, height: 900, scheme });
  }

  /** No error, no warning, no request but for itself. */
  function expectQuiet({ messages, requests }: BrowserPage): void {
    expect(messages).toEqual([]);
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatch(/^file:/);
  }

  it.each([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('%d pixels wide, %s: draws its charts and nothing sticks out', async (width, scheme) => {
    const opened = await open(`page-${width}-${scheme}`, page(), width, scheme);
    const titles = await opened.evaluate(
      "[...document.querySelectorAll('figure h3')].map((h) => h.textContent)",
    );
    expect(titles).toEqual([
      ...['Waits for the write lock', 'Waits of each writer', 'Throughput', 'Errors'],
      ...['Longest wait', 'WAL size'],
    ]);
    const colours = await opened.evaluate(COLOURS_OF_CANVASES);
    expect(colours).toHaveLength(6);
    // The grid alone has few; text and lines have many, by their soft edges.
    expect(Array.isArray(colours) && Math.min(...colours)).toBeGreaterThan(5);
    expect(await opened.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const [text, background] = [
      scheme === 'light' ? '27, 31, 36' : '232, 234, 237',
      scheme === 'light' ? 246 : 17,
    ];
    expect(await opened.evaluate('getComputedStyle(document.body).color')).toBe(`rgb(${text})`);
    expect(await opened.evaluate('getComputedStyle(document.body).backgroundColor')).toContain(
      `rgb(${background},`,
    );
    expectQuiet(opened);
  });

  it('shows a database named <script> as text', async () => {
    const opened = await open(
      'hostile',
      page({ target: { path: HOSTILE, given: HOSTILE }, notes: [HOSTILE] }),
    );
    expect(await opened.evaluate('document.title')).toMatch(/^dblock stress: /);
    expect(await opened.evaluate("document.querySelector('h1').textContent")).toContain(
      '</script><script>document.title="taken"</script><img src=x onerror=alert(1)>',
    );
    expect(await opened.evaluate("document.querySelectorAll('img').length")).toBe(0);
    expect(await opened.evaluate("document.querySelectorAll('canvas').length")).toBe(6);
    expectQuiet(opened);
  });

  it('of a real run, from the program as it is installed, for a database named <script>', async () => {
    const name = '<script>alert(1)</script>'.replace('/', '');
    const db = new Database(join(folder, name));
    db.exec('CREATE TABLE jobs(id INTEGER PRIMARY KEY)');
    db.close();
    const options = ['--writers', '2', '--transactions', '30', '--synchronous', 'off', '--format', 'html'];
    const run = await runDblock(['stress', name, ...options], { cwd: folder });
    expect(run.status).toBe(0);
    const opened = await open('real', run.stdout);
    expect(await opened.evaluate("document.querySelector('h1').textContent")).toBe(name);
    const colours = await opened.evaluate(COLOURS_OF_CANVASES);
    expect(Array.isArray(colours) && colours.length > 3 && Math.min(...colours)).toBeGreaterThan(5);
    expectQuiet(opened);
  });

  it('shows remedies as small multiples, on a phone too', async () => {
    const contender = (remedies: string[]) => ({
      ...{ remedies, expected: null, steps: [] },
      runs: [runOf(), runOf(), runOf()],
    });
    const others = [contender(['begin-immediate', 'single-writer-queue', 'batch(50)']), contender(['wal'])];
    const comparison = compareRemedies(contender([]), others, {
      ...{ thresholds: [], seed: 1, leftOut: [], combined: null },
    });
    const text = render(stressReportOf({}, comparison), FORMAT_CONTEXT);
    const opened = await open('compared', text, 390);
    expect(await opened.evaluate("document.querySelectorAll('.bars').length")).toBe(7);
    expect(await opened.evaluate("document.querySelectorAll('.bars svg rect').length")).toBe(21);
    const narrowest =
      "Math.min(...[...document.querySelectorAll('.bars svg')].map((svg) => svg.clientWidth))";
    expect(await opened.evaluate(narrowest)).toBeGreaterThan(40);
    expect(await opened.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expectQuiet(opened);
  });

  it('draws what there is: one writer without an error, a search for the limit, no run at all', async () => {
    const one = runOf();
    const calm = runOf({
      ...{ errors: [], actors: one.actors.slice(0, 1) },
      series: one.series.slice(0, 2).map((point) => ({ ...point, failed: 0, retries: 0, walBytes: null })),
    });
    const some = await open('calm', page({ runs: [calm], limit: limitOf() }));
    expect(await some.evaluate("document.querySelectorAll('canvas').length")).toBe(9);
    expectQuiet(some);
    const none = await open('none', page({ runs: [], thresholds: [] }));
    expect(await none.evaluate("document.querySelectorAll('canvas').length")).toBe(0);
    expectQuiet(none);
  });
});
