import { describe, expect, it } from 'vitest';
import { render } from '../../src/report/render.js';
import type { DoctorReport } from '../../src/report/report.js';
import {
  contended,
  examples,
  HOSTILE,
  HOSTILE_NAME,
  healthy,
  hostileReport,
  incomplete,
} from '../support/report-examples.js';
import { context } from '../support/reports.js';
import { expectTranscript } from '../support/transcripts.js';

interface Annotation {
  readonly command: string;
  readonly file: string;
  readonly title: string;
  readonly text: string;
}

function decode(text: string): string {
  const plain: Readonly<Record<string, string>> = { '0D': '\r', '0A': '\n', '3A': ':', '2C': ',', '25': '%' };
  return text.replace(/%(0D|0A|3A|2C|25)/g, (_, code: string) => plain[code] ?? '');
}

/** As the runner does: a line that begins with `::` is a command up to the next `::` (ActionCommand.cs, TryParseV2). */
function parseLine(line: string): Annotation | null {
  const [, head, text] = /^\s*::(.*?)::(.*)$/s.exec(line) ?? [];
  if (head === undefined || text === undefined) return null;
  const blank = head.indexOf(' ');
  const properties = Object.fromEntries(
    head
      .slice(blank + 1)
      .split(',')
      .map((pair) => [pair.slice(0, pair.indexOf('=')), decode(pair.slice(pair.indexOf('=') + 1))]),
  );
  expect(Object.keys(properties)).toEqual(['file', 'title']);
  return {
    command: head.slice(0, blank),
    file: properties['file'] ?? '',
    title: properties['title'] ?? '',
    text: decode(text),
  };
}

async function read(report: DoctorReport) {
  const lines = (await render(report, 'github', context())).trimEnd().split('\n');
  return { annotations: lines.slice(0, -1).map(parseLine), last: lines.at(-1) };
}

describe('github', () => {
  it.each([...examples, ['hostile', hostileReport(HOSTILE_NAME)] as const])('%s', async (name, report) => {
    await expectTranscript(`report-doctor-${name}-github`, await render(report, 'github', context()));
  });

  it('annotates what counts, the worst first, and neither what is muted nor what is clear', async () => {
    const { annotations, last } = await read(contended);
    expect(annotations.map((one) => [one?.command, one?.file, one?.title])).toEqual([
      ['error', 'app.db', 'A stopped process holds a lock [stopped-lock-holder]'],
      ['warning', 'app.db', 'A reader keeps the WAL from being checkpointed [reader-pins-wal]'],
      ['notice', 'app.db', 'Many pages are free [freelist]'],
    ]);
    expect(annotations[0]?.text).toContain('\nkill -CONT 4121\n');
    expect(last).toBe('dblock doctor: Critical: 1 critical finding, 1 warning, 1 info, 1 muted');
  });

  it('is one line where nothing was found', async () => {
    expect(await render(healthy, 'github', context())).toBe('dblock doctor: OK: nothing found\n');
  });

  it('annotates what makes the report incomplete as errors', async () => {
    const { annotations } = await read(incomplete);
    expect(annotations.map((one) => [one?.command, one?.file, one?.title])).toEqual([
      ['error', 'x.db', 'Not examined'],
      ['error', 'app.db', 'A check crashed [page-size]'],
      ['warning', '/srv/queue.db', 'A reader keeps the WAL from being checkpointed [reader-pins-wal]'],
    ]);
  });

  it.each(HOSTILE)('lets nothing out of its annotation: %j', async (text) => {
    const { annotations, last } = await read(hostileReport(text));
    expect(annotations.map((one) => one?.command)).toEqual(['error', 'error', 'error', 'notice']);
    expect(new Set(annotations.map((one) => one?.file)).size).toBe(1);
    expect(last).toMatch(/^dblock doctor: Incomplete: 1 database not examined; 1 check crashed; /);
  });

  it('gives the runner back what it was', async () => {
    const { annotations } = await read(hostileReport('100% a:b,c=d %0A'));
    expect(annotations[0]).toMatchObject({ file: '100% a:b,c=d %0A.db', text: '100% a:b,c=d %0A' });
  });
});
