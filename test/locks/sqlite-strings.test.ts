import { describe, expect, it } from 'vitest';
import { SqliteStrings } from '../../src/locks/sqlite-strings.js';

const CORE = 'database disk image is malformed';
const HASH = 'd6e03d8c777cfa2d35e3b60d8ec3e0187f3e9f99d8e2ee9cac695fd6fcdf1a24';
const ID = `2026-06-03 19:12:13 ${HASH}`;
const EDITED = `2022-12-28 14:03:47 ${HASH.slice(0, 60)}alt1`;
const OTHER_ID = `2024-01-30 16:01:20 ${HASH}`;
const SHA1_ID = `2016-11-04 12:08:49 ${HASH.slice(0, 40)}`;
const far = '\0'.repeat(500);

/** What is concluded from a file with these C strings, in this order, each with a NUL around it. */
function conclude(...texts: string[]) {
  return concludeBytes(Buffer.from(`\0${texts.join('\0')}\0`, 'latin1'));
}

function concludeBytes(bytes: Buffer) {
  const strings = new SqliteStrings();
  strings.add(bytes, 0);
  return strings.conclude();
}

describe('a file', () => {
  it('with the core, a source id and a version contains SQLite', () => {
    expect(conclude(CORE, far, ID, far, '3.53.2')).toEqual({ version: '3.53.2', sourceId: ID });
  });

  it('with an edited source has an id that ends in alt1', () => {
    expect(conclude(CORE, EDITED, '3.40.1')).toEqual({ version: '3.40.1', sourceId: EDITED });
  });

  it('with the id but not the core merely uses SQLite, like the sqlite3 shell', () => {
    expect(conclude(ID, '3.53.2', 'SQLite header and source version mismatch')).toBeNull();
  });

  it('with the message but no id merely quotes it', () => {
    expect(conclude(CORE, '3.53.2')).toBeNull();
  });

  it('with something like an id does not', () => {
    expect(conclude(CORE, `2026-06-03 19:12:13 ${HASH.slice(0, 39)}`, '3.53.2')).toBeNull();
    expect(conclude(CORE, '2026-06-03 19:12:13 GMT')).toBeNull();
  });

  it("with FTS5 has the core's id, not the one FTS5 was built from", () => {
    expect(conclude(CORE, `fts5: ${OTHER_ID}`, far, EDITED, '3.40.1')?.sourceId).toBe(EDITED);
  });

  it("has FTS5's id if the linker kept only that", () => {
    expect(conclude(CORE, `fts5: ${ID}`, '3.53.2')).toEqual({ version: '3.53.2', sourceId: ID });
  });

  it('with two SQLites says neither', () => {
    expect(conclude(CORE, ID, '3.53.2', far, OTHER_ID, '3.45.1')).toEqual({ version: null, sourceId: null });
  });
});

describe('the version', () => {
  it.each([
    ["OpenSSL's", '3.5.8'],
    ["Python's", '3.12.1'],
    ["that of apsw's wrapper", '3.53.4.0'],
    ['one in a sentence', 'requires SQLite 3.39.0 or later'],
    ['one that goes on', '3.39.0-beta'],
  ])('is not %s', (_, other) => {
    expect(conclude(CORE, other, far, ID, far, '3.53.2')?.version).toBe('3.53.2');
    expect(conclude(CORE, other, far, ID)?.version).toBeNull();
  });

  it('of the days of SHA1 is older than 3.18.0, and may have four parts', () => {
    expect(conclude(CORE, '3.53.2', far, SHA1_ID, far, '3.15.1')?.version).toBe('3.15.1');
    expect(conclude(CORE, SHA1_ID, far, '3.8.11.1')?.version).toBe('3.8.11.1');
  });

  it('is the one beside the id where there are several', () => {
    expect(conclude('3.39.0', far, CORE, far, '3.53.2', '\0\0\0\0', ID, far)?.version).toBe('3.53.2');
  });

  it('is unknown where there are several and none is beside the id', () => {
    const build = conclude('3.39.0', far, CORE, far, ID, far, '3.53.2');
    expect(build).toEqual({ version: null, sourceId: ID });
  });

  it('is known where one is there twice', () => {
    expect(conclude('3.53.2', far, CORE, far, ID, far, '3.53.2')?.version).toBe('3.53.2');
  });

  it('may follow any byte that is not text, as in data without gaps', () => {
    expect(concludeBytes(Buffer.from(`${CORE}\0${ID}\0${far}\u00013.53.2\0`, 'latin1'))?.version).toBe(
      '3.53.2',
    );
  });

  it('is unknown where strings touch each other, as Go keeps its own; the id is found', () => {
    const blob = `invalid ${CORE}unexpected EOF3.53.2cannot commit${ID}no such table`;
    expect(concludeBytes(Buffer.from(blob, 'latin1'))).toEqual({ version: null, sourceId: ID });
  });
});
