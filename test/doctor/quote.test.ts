import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { saveTogetherCommand, shellQuote, sqlite3Command } from '../../src/doctor/quote.js';
import { skipReason } from '../support/programs.js';

describe('shellQuote', () => {
  it.each([
    ['/data/app.db', '/data/app.db'],
    ['/data/my app.db', "'/data/my app.db'"],
    ["/data/it's.db", "'/data/it'\\''s.db'"],
    ['/data/$(reboot)`id`.db', "'/data/$(reboot)`id`.db'"],
    ['/data/a\nrm -rf b', "$'/data/a\\012rm -rf b'"],
    ["it's\n", "$'it\\047s\\012'"],
    ['\u001b[2Jx', "$'\\033[2Jx'"],
    ['a\u202eb', "$'a\\342\\200\\256b'"],
    ['-rf', './-rf'],
    ['file:app.db', './file:app.db'],
    ['', "''"],
  ])('%j becomes %s', (path, quoted) => {
    expect(shellQuote(path)).toBe(quoted);
  });

  const awkward = [
    'a b',
    "it's",
    'new\nline',
    '~x',
    '=x',
    '$HOME',
    '*',
    '!!',
    '\u2028é\\!\'"\n',
    'tab\t',
    '#a',
    '{a,b}',
  ];
  it.skipIf(skipReason(['linux']))('is read back by bash as the very same path', () => {
    const script = awkward.map((path) => `printf '%s\\0' ${shellQuote(path)}`).join('\n');
    expect(execFileSync('bash', ['-c', script]).toString().split('\0').slice(0, -1)).toEqual(awkward);
  });
});

describe('commands', () => {
  it('quotes path and SQL', () => {
    expect(sqlite3Command('/a b.db', 'VACUUM;')).toBe("sqlite3 '/a b.db' 'VACUUM;'");
  });

  it('saves files together, and overwrites no earlier copy', () => {
    expect(saveTogetherCommand('/a b.db', ['/a b.db-wal'])).toBe(
      "mkdir '/a b.db.saved' && cp -p '/a b.db' '/a b.db-wal' '/a b.db.saved'/",
    );
  });
});
