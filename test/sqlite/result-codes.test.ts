import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesWith, messageOf, messages, numberOf, resultCodes } from '../../src/sqlite/result-codes.js';

/** The source that better-sqlite3 is compiled from. */
const SOURCE = join(
  dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json')),
  'deps/sqlite3',
);

/** `#define SQLITE_BUSY 5` and `#define SQLITE_BUSY_RECOVERY (SQLITE_BUSY | (1<<8))`. */
function headerCodes(): Map<string, number> {
  const header = readFileSync(join(SOURCE, 'sqlite3.h'), 'utf8');
  const codes = new Map<string, number>();
  const define = /^#define (SQLITE_\w+)\s+(?:(\d+)\b|\((SQLITE_\w+)\s*\|\s*\((\d+)<<8\)\))/gm;
  for (const [, name = '', plain, primary, extension] of header.matchAll(define)) {
    if (codes.has(name)) continue;
    const number =
      plain === undefined
        ? (codes.get(primary ?? '') ?? Number.NaN) | (Number(extension) << 8)
        : Number(plain);
    codes.set(name, number);
  }
  return codes;
}

describe('result codes', () => {
  const header = headerCodes();

  it.each(resultCodes.map(({ name, number }) => [name, number] as const))(
    '%s is %i in sqlite3.h',
    (name, number) => {
      expect(header.get(name)).toBe(number);
      expect(numberOf(name)).toBe(number);
    },
  );

  it('knows every extended code of BUSY, LOCKED and READONLY', () => {
    const families = [5, 6, 8];
    const extended = [...header].filter(
      ([name, number]) =>
        families.includes(number & 0xff) && number > 0xff && /^SQLITE_(BUSY|LOCKED|READONLY)_/.test(name),
    );
    const known = resultCodes.map(({ name }): string => name);
    expect(extended.length).toBeGreaterThan(8);
    expect(extended.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('has the texts of sqlite3ErrStr', () => {
    const source = readFileSync(join(SOURCE, 'sqlite3.c'), 'utf8');
    const table = /static const char\* const aMsg\[\] = \{([\s\S]*?)\};/.exec(source)?.[1] ?? '';
    const texts = new Map<number, string>();
    for (const [, name = '', text = ''] of table.matchAll(/\/\* (SQLITE_\w+)\s*\*\/ "([^"]*)"/g)) {
      texts.set(header.get(name) ?? -1, text);
    }
    for (const { name, number } of resultCodes) expect(messageOf(name)).toBe(texts.get(number & 0xff));
  });

  it('finds the codes that share a text', () => {
    expect(codesWith('database is locked')).toEqual([
      'SQLITE_BUSY',
      'SQLITE_BUSY_RECOVERY',
      'SQLITE_BUSY_SNAPSHOT',
      'SQLITE_BUSY_TIMEOUT',
    ]);
    expect(messages.flatMap(codesWith)).toHaveLength(resultCodes.length);
  });
});
