/** Numbers in a file decide neither how much memory is taken nor how long it takes. */
import { describe, expect, it } from 'vitest';
import { readTableRows } from '../../src/sqlite/btree.js';
import { parseRecord } from '../../src/sqlite/record.js';
import { readPageNumbers } from '../../src/sqlite/wal-index.js';

describe('the page numbers of a WAL index', () => {
  /** Like a file of so many zeros. */
  const zeros = (length: number, asked: number[] = []) => ({
    asked,
    read(offset: number, wanted: number) {
      asked.push(wanted);
      return Buffer.alloc(Math.max(0, Math.min(wanted, length - offset)));
    },
  });

  it.each([4063, 2 ** 24, 2 ** 31, 2 ** 32 - 1])(
    'claimed for %i frames are not read from 32 KiB',
    (mxFrame) => {
      const { read, asked } = zeros(16_384);
      expect(readPageNumbers(read, mxFrame)).toBeNull();
      expect(asked).toEqual([4]);
    },
  );

  it.each([
    [0, 136],
    [1, 140],
    [4062, 16_384],
    [4063, 32_772],
    [8158, 49_152],
    [8159, 65_540],
  ])('of %i frames need %i bytes, and not one less', (mxFrame, bytes) => {
    expect(readPageNumbers(zeros(bytes).read, mxFrame)).toHaveLength(mxFrame);
    if (mxFrame > 0) expect(readPageNumbers(zeros(bytes - 1).read, mxFrame)).toBeNull();
  });
});

describe('a record', () => {
  /** 60 million columns, all of them NULL. */
  const wide = Buffer.concat([Buffer.from([0x9c, 0xce, 0x87, 0x04]), Buffer.alloc(60_000_000)]);

  it('gives the columns that are wanted, however many it claims', () => {
    const before = process.cpuUsage();
    // 60 million would take seconds on any machine
    expect(parseRecord(wide, 'utf-8', 5)).toEqual([null, null, null, null, null]);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });
});

describe('a b-tree', () => {
  const PAGE_BYTES = 512;

  /** Interior pages with as many children as fit, in level after level; the leaves are empty. */
  function endlessPage(page: number): Buffer {
    const bytes = Buffer.alloc(PAGE_BYTES);
    const start = page === 1 ? 100 : 0;
    const isLeaf = page > 20_000;
    bytes.writeUInt8(isLeaf ? 13 : 5, start);
    const cells = isLeaf ? 0 : 60;
    bytes.writeUInt16BE(cells, start + 3);
    for (let cell = 0; cell < cells; cell += 1) {
      const at = 240 + 4 * cell;
      bytes.writeUInt16BE(at, start + 12 + 2 * cell);
      bytes.writeUInt32BE(page * 61 + cell, at);
    }
    if (!isLeaf) bytes.writeUInt32BE(page * 61 + 60, start + 8);
    return bytes;
  }

  it('of more pages than any schema has is given up', () => {
    const rows = readTableRows({ read: endlessPage }, 1, PAGE_BYTES);
    expect(() => [...rows]).toThrow('the schema has more than 200,000 pages');
  });
});
