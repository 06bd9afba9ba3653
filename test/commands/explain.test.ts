import { describe, expect, it, vi } from 'vitest';
import { explain } from '../../src/commands/explain.js';
import type { Host } from '../../src/commands/host.js';
import { UsageProblem } from '../../src/problem.js';
import { runDblock } from '../support/dblock.js';

const loaded = vi.hoisted((): string[] => []);
vi.mock('zod', async (original) => {
  loaded.push('zod');
  return original();
});
vi.mock('better-sqlite3', async (original) => {
  loaded.push('better-sqlite3');
  return original();
});

/** Runs it in this process. */
async function explained(args: readonly string[], format = 'table'): Promise<string> {
  let printed = '';
  const write = (text: string) => {
    printed += text;
  };
  const never = () => {
    throw new Error('explain has no use for time');
  };
  const host: Host = {
    stdout: { write, columns: 80 },
    stderr: { write: never },
    env: {},
    cwd: '/',
    platform: 'linux',
    pid: 1,
    now: never,
    sleep: never,
  };
  expect(await explain(args, { format, color: false }, host)).toBe(0);
  return printed;
}

describe('dblock explain', () => {
  it('prints the page of what was typed, quoted or not', async () => {
    const page = await explained(['database is locked']);
    expect(page).toMatch(/^"database is locked"\n/);
    expect(await explained(['database', 'is', 'locked'])).toBe(page);
    expect(await explained(['517'])).toMatch(/^SQLITE_BUSY_SNAPSHOT \(517\)\n/);
  });

  it('prints the page of a check with all that the check knows', async () => {
    const page = await explained(['write-lock-held']);
    const headings = page.split('\n').filter((line) => /^[A-Z]/.test(line));
    expect(headings).toEqual([
      'One process keeps the write lock',
      'What it means',
      'Why it matters',
      'How sure',
      'What to do now',
      'What to change later',
      'See also',
      'Sources',
    ]);
    expect(page).toMatch(/See also\n(?: {2}- \S.*\n)* {2}- WRITE\n/);
  });

  it('prints the page of a scenario: from the log to the command that shows it', async () => {
    const page = await explained(["RuntimeError: generator didn't stop after throw()"]);
    const headings = page.split('\n').filter((line) => /^[A-Z]/.test(line));
    expect(headings.slice(1)).toEqual([
      'How it looks',
      'What happens',
      'How sure',
      'What to do now',
      'What to change later',
      'See it happen',
      'Where it was seen',
      'See also',
      'Sources',
    ]);
    expect(page).toMatch(/^claim-race scenario\n/);
    expect(page).toContain('\n  dblock stress --scenario claim-race --cured\n');
  });

  it('lists all pages when nothing is asked', async () => {
    const lines = (await explained([])).split('\n');
    expect(lines.some((line) => line.startsWith('  SQLITE_PROTOCOL '))).toBe(true);
    expect(lines.some((line) => line.startsWith('  leftover-wal '))).toBe(true);
  });

  it('prints JSON in snake_case, the same for one page and for all', async () => {
    const one = JSON.parse(await explained(['15'], 'json'));
    expect(one).toMatchObject({
      schema: 'dblock.pages/1',
      tool: { name: 'dblock' },
      command: 'explain',
      query: '15',
      pages: [{ kind: 'code', id: 'SQLITE_PROTOCOL', label: 'SQLITE_PROTOCOL (15)' }],
    });
    const all = JSON.parse(await explained([], 'json'));
    expect(all.query).toBeNull();
    expect(all.pages).toContainEqual(one.pages[0]);
    expect(Object.keys(all.pages[0])).toEqual([
      'kind',
      'id',
      'label',
      'title',
      'names',
      'phrases',
      'sections',
    ]);
  });

  it('prints Markdown', async () => {
    expect(await explained(['DMS'], 'markdown')).toMatch(/^# DMS lock\n/);
    expect(await explained([], 'markdown')).toMatch(/^## Error texts\n/);
  });

  it.each([
    [
      ['write-lock-helt'],
      'There is no page for "write-lock-helt". Did you mean "write-lock-held"? dblock explain lists all pages.',
    ],
    [
      ['SQLITE_BUZY'],
      'There is no page for "SQLITE_BUZY". Did you mean "SQLITE_BUSY"? dblock explain lists all pages.',
    ],
    [
      ['266'],
      'There is no page for "266". It is an extended code of 10: dblock explain 10. dblock explain lists all pages.',
    ],
    [['no\u001b[2Jthing'], 'There is no page for "no\\u001b[2Jthing". dblock explain lists all pages.'],
    [['x'.repeat(5000)], `There is no page for "${'x'.repeat(80)}...". dblock explain lists all pages.`],
  ])('does not know %j', async (args, message) => {
    await expect(explained(args)).rejects.toThrow(new UsageProblem(message));
  });

  it('does not know another format', async () => {
    await expect(explained(['5'], 'jsno')).rejects.toThrow(
      'explain has no format "jsno": it can print table, markdown or json. Did you mean "json"?',
    );
  });

  it('loads neither zod nor SQLite', () => {
    expect(loaded).toEqual([]);
  });
});

describe('the built dblock explain', () => {
  it('exits with 0 and prints the page', async () => {
    const run = await runDblock(['explain', 'busy_snapshot'], { env: { COLUMNS: '80' } });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/^SQLITE_BUSY_SNAPSHOT \(517\)\n/);
  });

  it('exits with 2 and one line where there is no such page', async () => {
    const run = await runDblock(['explain', 'checkpoint-absentt']);
    expect(run).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'dblock: There is no page for "checkpoint-absentt". Did you mean "checkpoint-absent"? dblock explain lists all pages.\n',
    });
  });

  it('takes a pasted line', async () => {
    const line = 'Error: error returned from database: (code: 517) database is locked';
    const run = await runDblock(['explain', '--format', 'markdown', line]);
    expect(run.stdout).toMatch(/^# SQLITE\\_BUSY\\_SNAPSHOT/);
  });
});
