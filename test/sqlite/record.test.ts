import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Corrupt } from '../../src/sqlite/corrupt.js';
import { parseRecord, readVarint } from '../../src/sqlite/record.js';
import { encodeVarint } from './reference.js';

describe('readVarint', () => {
  it('reads what the documentation says is written, and where it ends', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 53n), fc.uint8Array({ maxLength: 4 }), (value, rest) => {
        const bytes = encodeVarint(value);
        const read = readVarint(Buffer.concat([bytes, rest]), 0);
        expect(read).toEqual({ value: Number(value), next: bytes.length });
      }),
    );
  });

  it('takes nine bytes for what needs more than 56 bits', () => {
    fc.assert(
      fc.property(fc.bigInt(2n ** 56n, 2n ** 64n - 1n), (value) => {
        const read = readVarint(encodeVarint(value), 0);
        expect(read.next).toBe(9);
        expect(read.value / Number(value)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('ends at the end of the page', () => {
    fc.assert(
      fc.property(fc.bigInt(128n, 2n ** 64n - 1n), (value) => {
        expect(() => readVarint(encodeVarint(value).subarray(0, -1), 0)).toThrow(Corrupt);
      }),
    );
  });
});

describe('parseRecord', () => {
  const record = (types: number[], body: number[]) => Buffer.from([types.length + 1, ...types, ...body]);

  it.each([
    ['NULL', [0], [], [null]],
    ['8 bits', [1], [0xff], [-1]],
    ['16 bits', [2], [0x80, 0], [-32768]],
    ['24 bits', [3], [0x01, 0, 0], [65536]],
    ['32 bits', [4], [0x7f, 0xff, 0xff, 0xff], [2147483647]],
    ['48 bits', [5], [0, 1, 0, 0, 0, 0], [2 ** 32]],
    ['64 bits', [6], [0, 0, 1, 0, 0, 0, 0, 0], [2 ** 40]],
    ['a float', [7], [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], [1.5]],
    ['constants', [8, 9], [], [0, 1]],
    ['a blob', [16], [1, 2], [Buffer.from([1, 2])]],
    ['text', [13 + 2 * 2], [0x68, 0x69], ['hi']],
    ['nothing', [], [], []],
  ])('%s', (_, types, body, values) => {
    expect(parseRecord(record(types, body), 'utf-8')).toEqual(values);
  });

  it.each([
    ['utf-8', 'utf8', 'Grüße 🗄'],
    ['utf-16le', 'utf16le', 'Grüße 🗄'],
  ] as const)('%s text', (encoding, name, text) => {
    const bytes = Buffer.from(text, name);
    expect(parseRecord(record([13 + 2 * bytes.length], [...bytes]), encoding)).toEqual([text]);
  });

  it('big-endian text, which stays as it was in the page', () => {
    const bytes = record([13 + 4 * 2], [0x00, 0x41, 0x20, 0xac]);
    expect(parseRecord(bytes, 'utf-16be')).toEqual(['A€']);
    expect(parseRecord(bytes, 'utf-16be')).toEqual(['A€']);
  });

  it.each([
    ['a reserved type', [2, 10]],
    ['a body that is too short', [2, 6, 1, 2, 3]],
    ['a header that is too long', [100, 1]],
    ['nothing at all', []],
  ])('%s is corrupt', (_, bytes) => {
    expect(() => parseRecord(Buffer.from(bytes), 'utf-8')).toThrow(Corrupt);
  });

  it('throws nothing but Corrupt', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (noise) => {
        try {
          parseRecord(Buffer.from(noise), 'utf-16be');
        } catch (error) {
          expect(error).toBeInstanceOf(Corrupt);
        }
      }),
    );
  });
});
