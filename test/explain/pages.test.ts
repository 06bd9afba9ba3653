import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checks } from '../../src/doctor/checks/index.js';
import { codeTexts } from '../../src/explain/codes/index.js';
import { errorRows } from '../../src/explain/error-rows.js';
import { lockTexts } from '../../src/explain/locks/index.js';
import { findPage } from '../../src/explain/lookup.js';
import { type Block, HEADINGS, type Page } from '../../src/explain/page.js';
import { allPages } from '../../src/explain/pages.js';
import { lockNamesIn } from '../../src/locks/byte-ranges.js';
import { parseKernelLocks } from '../../src/locks/proc-locks.js';
import { lockNames } from '../../src/locks/shapes.js';
import { isPrintable } from '../../src/report/sanitise.js';
import { messageOf, resultCodes } from '../../src/sqlite/result-codes.js';
import { scenarios } from '../../src/stress/scenarios/index.js';

const pages = allPages(checks, scenarios);
const named: [string, Page][] = pages.map((page) => [page.id, page]);

function headings(page: Page): string[] {
  return page.sections.map(({ heading }) => heading);
}

function blocksUnder(page: Page, heading: string): readonly Block[] {
  return page.sections.find((section) => section.heading === heading)?.blocks ?? [];
}

function everyText(page: Page): string[] {
  const texts = page.sections.flatMap(({ heading, blocks }) => [heading, ...blocks.flatMap(textsOf)]);
  return [page.label, page.title, ...texts];
}

function textsOf(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return [block.text];
    case 'list':
      return block.items;
    case 'table':
      return [...block.head, ...block.rows.flat()];
    default:
      return block.lines;
  }
}

describe('the pages', () => {
  it('there is one for every code, every lock, every check and every scenario', () => {
    const ids = (kind: Page['kind']) => pages.filter((page) => page.kind === kind).map(({ id }) => id);
    expect(ids('code')).toEqual(resultCodes.map(({ name }) => name));
    expect(codeTexts.map(({ name }) => name)).toEqual(resultCodes.map(({ name }) => name));
    expect(ids('check')).toEqual(checks.map(({ id }) => id));
    expect(ids('scenario').map((id) => id.replace(/ scenario$/, ''))).toEqual(scenarios.map(({ id }) => id));
    expect(ids('message')).toContain('database is locked');
    for (const name of lockNames) expect(findPage(name, pages)?.kind).toBe('lock');
    expect(findPage('EXCLUSIVE', pages)?.kind).toBe('lock');
  });

  it('no two can be meant by one name', () => {
    const names = pages.flatMap(({ id, names: others }) => [id, ...others].map((name) => name.toLowerCase()));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const page of pages) {
      for (const name of [page.id, ...page.names]) expect(findPage(name, pages)).toBe(page);
    }
  });

  it.each(named)('%s says how sure, what to do now, what to change, and where it is from', (_, page) => {
    const { certainty, now, later, sources } = HEADINGS;
    expect(headings(page)).toEqual(expect.arrayContaining([certainty, now, later, sources]));
    expect(new Set(headings(page)).size).toBe(page.sections.length);
    for (const { blocks } of page.sections) expect(blocks.length).toBeGreaterThan(0);
  });

  it.each(named)('%s is plain text, and says nothing empty', (_, page) => {
    for (const text of everyText(page)) {
      expect(isPrintable(text)).toBe(true);
      expect(text).toBe(text.trimEnd());
    }
  });

  it.each(named)('%s refers to pages, checks and options that there are', (_, page) => {
    const related = blocksUnder(page, HEADINGS.related).flatMap(textsOf);
    for (const id of related) expect(pages.map((other) => other.id)).toContain(id);
    expect(related).not.toContain(page.id);
    const ids = checks.map(({ id }) => id);
    for (const text of everyText(page)) {
      for (const [, only = ''] of text.matchAll(/--only (\S+)/g)) {
        expect(
          only
            .replace(/,$/, '')
            .split(',')
            .filter((id) => !ids.includes(id)),
        ).toEqual([]);
      }
      for (const [, query = ''] of text.matchAll(/dblock explain ("[^"]+"|\w+)/g)) {
        expect(findPage(query, pages), query).not.toBeNull();
      }
    }
  });

  it.each(named)('%s has sources that can be followed', (_, page) => {
    const sources = blocksUnder(page, HEADINGS.sources).flatMap(textsOf);
    expect(sources.length).toBeGreaterThan(0);
    expect(new Set(sources).size).toBe(sources.length);
    for (const source of sources) {
      if (!source.includes('://')) expect(source).toMatch(/^[\w/]+\.[ch](: \w+(, \w+)*)?$/);
      else {
        const { protocol, hostname, href } = new URL(source);
        expect([protocol, href]).toEqual(['https:', source]);
        expect(hostname).toMatch(/^[a-z0-9.-]+\.[a-z]+$/);
      }
    }
  });
});

describe('functions that are named as sources', () => {
  const require = createRequire(import.meta.url);
  const source = readFileSync(
    join(dirname(require.resolve('better-sqlite3/package.json')), 'deps/sqlite3/sqlite3.c'),
    'utf8',
  );
  const inSource = pages.flatMap((page) =>
    blocksUnder(page, HEADINGS.sources)
      .flatMap(textsOf)
      .filter((text) => /^\w+\.[ch]: /.test(text)),
  );

  it.each([...new Set(inSource)])('%s', (reference) => {
    const [file = '', functions = ''] = reference.split(': ');
    expect(source).toContain(`Begin file ${file} `);
    for (const name of functions.split(', ')) expect(source).toMatch(new RegExp(`\\b${name}\\b`));
  });
});

describe('the pages of codes', () => {
  it.each(codeTexts.map((code) => [code.name, code] as const))(
    '%s says when it comes, and how soon',
    (name, code) => {
      expect(code.situations.length).toBeGreaterThan(0);
      const page = pages.find(({ id }) => id === name);
      expect(page && headings(page)).toEqual(expect.arrayContaining([HEADINGS.meaning, HEADINGS.timing]));
    },
  );

  it('make the table of the README', () => {
    const rows = errorRows();
    expect(rows).toHaveLength(resultCodes.length);
    expect(rows.find(({ number }) => number === 517)).toMatchObject({
      name: 'SQLITE_BUSY_SNAPSHOT',
      message: 'database is locked',
      soon: 'at once',
    });
    expect(rows.find(({ number }) => number === 5)?.soon).toBe('at once, or after the busy timeout');
    expect(rows.find(({ number }) => number === 15)?.soon).toBe('after about 10 s');
  });
});

describe('the pages of locks', () => {
  it.each(lockTexts.map((lock) => [lock.id, lock] as const))(
    '%s shows lines that dblock reads as that lock',
    (id, lock) => {
      const locks = parseKernelLocks(lock.procLocks.join('\n'));
      expect(locks).toHaveLength(lock.procLocks.filter((line) => line !== '').length);
      const found = locks.flatMap((range) => {
        const isDatabase = range.firstByte >= 1_073_741_824;
        const names: string[] = lockNamesIn(isDatabase ? 'database' : 'shm', range);
        return range.mode === 'WRITE' && names.includes('SHARED') ? [...names, 'EXCLUSIVE'] : names;
      });
      expect(found).toContain(id === 'READ1-READ4' ? 'READ4' : id);
    },
  );

  it('call each byte by its name', () => {
    for (const { id, names } of lockTexts) {
      for (const byte of names.filter((name) => /^\d+$/.test(name)).map(Number)) {
        const range = { firstByte: byte, lastByte: byte };
        const [name = ''] = [...lockNamesIn('database', range), ...lockNamesIn('shm', range)];
        expect([id, ...names]).toContain(name);
      }
    }
  });
});

describe('the pages of checks', () => {
  it.each(checks.map((check) => [check.id, check] as const))('%s has a guide of its own', (_, check) => {
    expect(check.guide).toBeDefined();
    const { meaning = '', certainty = '', later = '', now } = check.guide ?? {};
    const texts = [meaning, certainty, later, now?.text ?? ''];
    for (const text of texts) expect(text).toMatch(/^[A-Z"'].*\.$/s);
    expect(new Set([...texts, check.why, check.title]).size).toBe(6);
  });
});

/** Two are about rows that they have made themselves. */
function onYours(id: string): string[] {
  if (id === 'mixed-journal' || id === 'crash-mid-commit') return [];
  return [`dblock stress app.db --scenario ${id}${id === 'claim-race' ? '' : ' --table NAME'}`];
}

describe('the pages of scenarios', () => {
  it.each(scenarios.map((scenario) => [scenario.id, scenario] as const))(
    '%s has a text of its own, and its commands',
    (id, { title, hypothesis, cure, page }) => {
      const texts = [page.symptoms, page.mechanism, page.certainty, page.now.text, page.later];
      for (const text of texts) expect(text).toMatch(/^[A-Z"'0-9].*\.$/s);
      expect(new Set([...texts, title, hypothesis, cure]).size).toBe(8);
      const found = findPage(`scenario ${id}`, pages);
      expect(found?.kind).toBe('scenario');
      const commands = found
        ? blocksUnder(found, HEADINGS.replay).filter(({ kind }) => kind === 'commands')
        : [];
      expect(commands.flatMap(textsOf)).toEqual([
        `dblock stress --scenario ${id}`,
        `dblock stress --scenario ${id} --cured`,
        ...onYours(id),
      ]);
    },
  );

  it.each(scenarios.map(({ id, page }) => [id, page] as const))(
    'what %s finds in a log leads to a page that it names, or to itself',
    (id, { log, related }) => {
      for (const line of log.filter((text) => /[a-z]{3}/i.test(text))) {
        const found = findPage(line, pages);
        if (found === null) continue;
        const near = [id, `${id} scenario`, ...related, ...related.flatMap(textOfCode)];
        expect(near, line).toContain(found.id);
      }
    },
  );

  it('a scenario that has the name of a check is found beside it', () => {
    expect(findPage('reader-pins-wal', pages)?.kind).toBe('check');
    expect(findPage('reader-pins-wal check', pages)?.kind).toBe('check');
    expect(findPage('reader-pins-wal scenario', pages)?.kind).toBe('scenario');
    expect(findPage('claim-race scenario', pages)?.id).toBe('claim-race');
  });
});

/** `SQLITE_BUSY` for `database is locked`. */
function textOfCode(id: string): string[] {
  return resultCodes.filter(({ name }) => name === id).map(({ name }) => messageOf(name));
}
