import { describe, expect, it } from 'vitest';
import { describeRow, isBlocking, judgeRow } from '../../src/checkpoint/mode.js';
import type { CheckpointMode, CheckpointRow } from '../../src/checkpoint/shapes.js';

function row(busy: number, log: number, checkpointed: number): CheckpointRow {
  return { busy, log, checkpointed };
}

describe('the row of PRAGMA wal_checkpoint', () => {
  it.each<[string, CheckpointMode, CheckpointRow, string]>([
    ['all moved', 'passive', row(0, 5, 5), 'complete'],
    ['an empty WAL', 'passive', row(0, 0, 0), 'complete'],
    ['passive with frames left, though busy is 0', 'passive', row(0, 5, 4), 'partial'],
    ['a blocked full', 'full', row(1, 5, 4), 'partial'],
    ['a full that moved all', 'full', row(0, 5, 5), 'complete'],
    ['a restart that moved all and was kept from restarting', 'restart', row(1, 5, 5), 'partial'],
    ['a truncation', 'truncate', row(0, 0, 0), 'complete'],
    ['a truncation that moved all and was kept from truncating', 'truncate', row(1, 5, 5), 'partial'],
    ['somebody else checkpoints', 'passive', row(1, -1, -1), 'elsewhere'],
    ['somebody else checkpoints', 'truncate', row(1, -1, -1), 'elsewhere'],
    ['no WAL', 'truncate', row(0, -1, -1), 'no-wal'],
  ])('%s (%s): %j is %s', (_, mode, given, verdict) => {
    expect(judgeRow(mode, given).verdict).toBe(verdict);
  });

  it('says how many frames are left', () => {
    expect(judgeRow('passive', row(0, 1534, 34))).toEqual({ verdict: 'partial', framesLeft: 1500 });
    expect(judgeRow('truncate', row(1, 5, 5))).toEqual({ verdict: 'partial', framesLeft: 0 });
  });

  it('is told in words', () => {
    expect(describeRow('passive', row(0, 1534, 34))).toBe(
      '0|1534|34: incomplete, although busy is 0: 34 of 1,534 frames are in the database, and a passive checkpoint does not wait for the rest',
    );
    expect(describeRow('truncate', row(1, 5, 5))).toMatch(
      /could not be truncated, because somebody reads from it$/,
    );
    expect(describeRow('full', row(1, 5, 1))).toMatch(
      /1 of 5 frames is in the database, and the wait was over/,
    );
    expect(describeRow('passive', row(1, -1, -1))).toMatch(/another process is checkpointing/);
    expect(describeRow('passive', row(0, -1, -1))).toMatch(/not in WAL mode/);
    expect(describeRow('restart', row(0, 5, 5))).toMatch(
      /all 5 frames are in the database, and the next writer/,
    );
  });
});

it('only passive keeps nobody waiting', () => {
  expect((['passive', 'full', 'restart', 'truncate'] as const).filter(isBlocking)).toEqual([
    'full',
    'restart',
    'truncate',
  ]);
});
