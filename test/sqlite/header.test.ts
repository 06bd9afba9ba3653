import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { HEADER_BYTES, parseHeader } from '../../src/sqlite/header.js';
import type { DatabaseHeader } from '../../src/sqlite/shapes.js';
import type { ActorKind } from '../support/actor.js';
import { cipherText } from '../support/cipher-text.js';
import { skipReason, titled } from '../support/programs.js';
import { openStage } from '../support/stage.js';

/** The first bytes of a database made by these statements, and what SQLite says of it afterwards. */
async function make(kind: ActorKind, ...sql: string[]): Promise<{ bytes: Buffer; pragmas: PragmaValues }> {
  await using stage = await openStage();
  const actor = await stage.actor(kind);
  const connection = await actor.open(stage.path('app.db'));
  await connection.exec(...sql);
  const pragmas: PragmaValues = new Map();
  for (const name of PRAGMAS) pragmas.set(name, (await connection.query(`PRAGMA ${name}`))[0]?.[0]);
  await connection.close();
  return { bytes: readFileSync(stage.path('app.db')).subarray(0, HEADER_BYTES), pragmas };
}

const PRAGMAS = [
  'page_size',
  'page_count',
  'freelist_count',
  'schema_version',
  'user_version',
  'application_id',
  'encoding',
  'auto_vacuum',
] as const;
type PragmaValues = Map<(typeof PRAGMAS)[number], unknown>;

function headerOf(bytes: Buffer): DatabaseHeader {
  const parse = parseHeader(bytes);
  if (parse.kind !== 'header') throw new Error(parse.reason);
  return parse.header;
}

const SOME_ROWS = [
  'CREATE TABLE t(a)',
  'INSERT INTO t SELECT randomblob(600) FROM json_each(json_array(1,2,3,4,5,6,7,8,9,10))',
];
const AUTO_VACUUM = { none: 0, full: 1, incremental: 2 } as const;

describe.each<ActorKind>(['node', 'python'])('fields of a header written by %s', (kind) => {
  const needs = kind === 'python' ? (['python3'] as const) : [];
  it.skipIf(skipReason(needs)).each([
    ['plain', []],
    ['pages of 512 bytes', ['PRAGMA page_size=512']],
    ['pages of 65536 bytes', ['PRAGMA page_size=65536']],
    ['WAL', ['PRAGMA journal_mode=WAL']],
    ['auto_vacuum', ['PRAGMA auto_vacuum=FULL']],
    ['incremental auto_vacuum', ['PRAGMA auto_vacuum=INCREMENTAL']],
    ['utf-16', ["PRAGMA encoding='UTF-16le'"]],
    ['utf-16 big-endian', ["PRAGMA encoding='UTF-16be'"]],
    ['versions', ['PRAGMA user_version=-7', 'PRAGMA application_id=-2147483648']],
  ])(titled('%s', needs), async (_, before) => {
    const { bytes, pragmas } = await make(kind, ...before, ...SOME_ROWS, 'DELETE FROM t WHERE rowid > 4');
    const header = headerOf(bytes);
    expect(header).toMatchObject({
      pageBytes: pragmas.get('page_size'),
      pageCount: pragmas.get('page_count'),
      pageCountValid: true,
      freelistPages: pragmas.get('freelist_count'),
      schemaCookie: pragmas.get('schema_version'),
      userVersion: pragmas.get('user_version'),
      applicationId: pragmas.get('application_id'),
      textEncoding: String(pragmas.get('encoding')).toLowerCase(),
      schemaFormat: 4,
      reservedBytes: 0,
      journalMode: before.join().includes('WAL') ? 'wal' : 'rollback',
    });
    expect(AUTO_VACUUM[header.autoVacuum]).toBe(pragmas.get('auto_vacuum'));
  });
});

it('names the SQLite version that wrote the header', async () => {
  await using stage = await openStage();
  const actor = await stage.actor('node');
  const [major, minor, patch] = actor.sqliteVersion.split('.').map(Number);
  const { bytes } = await make('node', ...SOME_ROWS);
  expect(headerOf(bytes).sqliteVersionNumber).toBe((major ?? 0) * 1e6 + (minor ?? 0) * 1000 + (patch ?? 0));
});

describe('what is no header', () => {
  let bytes: Buffer;
  beforeAll(async () => {
    ({ bytes } = await make('node', ...SOME_ROWS));
  });

  const changed = (offset: number, ...values: number[]) => {
    const copy = Buffer.from(bytes);
    copy.set(values, offset);
    return parseHeader(copy);
  };

  it('any length below 100 is too short', () => {
    for (let length = 0; length < HEADER_BYTES; length += 1) {
      expect(parseHeader(bytes.subarray(0, length)).kind).toBe('too-short');
    }
    expect(parseHeader(bytes.subarray(0, 1))).toMatchObject({ reason: expect.stringContaining('1 byte,') });
  });

  it.each([
    ['page size 0', 16, [0, 0], /page size of 0 bytes/],
    ['page size 256', 16, [1, 0], /page size of 256/],
    ['page size 1000', 16, [3, 0xe8], /page size of 1000/],
    ['payload fractions', 21, [64, 33, 32], /64\/33\/32 instead of 64\/32\/32/],
    ['reserved bytes', 16, [2, 0, 1, 1, 40], /reserves 40 bytes/],
    ['read version', 19, [3], /read version 3 is unknown/],
    ['schema format', 44, [0, 0, 0, 5], /schema format 5/],
  ])('%s makes it invalid', (_, offset, values, reason) => {
    expect(changed(offset, ...values)).toMatchObject({
      kind: 'invalid',
      reason: expect.stringMatching(reason),
    });
  });

  it('unknown versions and encodings are facts, not faults', () => {
    expect(changed(18, 3, 1)).toMatchObject({ header: { journalMode: 'unknown', writeVersion: 3 } });
    expect(changed(56, 0, 0, 0, 9)).toMatchObject({ header: { textEncoding: 'invalid' } });
  });

  it('cipher text looks encrypted', () => {
    for (let nth = 0; nth < 200; nth += 1)
      expect(parseHeader(cipherText(HEADER_BYTES, nth)).kind).toBe('encrypted');
  });

  it('SEE leaves bytes 16 to 23 plain', () => {
    const cipher = cipherText(HEADER_BYTES);
    bytes.copy(cipher, 16, 16, 24);
    expect(parseHeader(cipher).kind).toBe('encrypted');
  });

  it.each([
    ['text', Buffer.from('Every good boy deserves favour and so forth. '.repeat(4))],
    ['zeros', Buffer.alloc(200)],
    ['a program', readFileSync(process.execPath).subarray(0, 200)],
    ['gzip', gzipSync(randomBytes(200))],
    ['zip', Buffer.concat([Buffer.from('PK\x03\x04'), deflateRawSync(randomBytes(200))])],
  ])('%s is neither a database nor encrypted', (_, other) => {
    expect(parseHeader(other).kind).toBe('not-a-database');
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 84 }), (noise) => {
        const copy = Buffer.from(bytes);
        copy.set(noise, 16);
        expect(['header', 'invalid']).toContain(parseHeader(copy).kind);
      }),
    );
  });
});
