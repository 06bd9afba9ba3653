/** What the system and users write as text: whatever stands there, nothing is thrown but the declared problems. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEvidenceFile } from '../../src/commands/evidence-file.js';
import { loadConfig } from '../../src/config.js';
import { parseLsof } from '../../src/locks/lsof-fields.js';
import { parseMappedPrograms } from '../../src/locks/maps.js';
import { parseProcessStat } from '../../src/locks/proc.js';
import { parseKernelLocks } from '../../src/locks/proc-locks.js';
import { UsageProblem } from '../../src/problem.js';
import { fileSystemOf, overlaysIn, parseMountinfo } from '../../src/sqlite/file-system.js';

const RUNS = { seed: 20_261_120, numRuns: 400 };
/** Each of these writes a file, or goes through zod. */
const FEWER_RUNS = { ...RUNS, numRuns: 150 };

const NASTY = [
  ...[
    '',
    ' ',
    '\n',
    '\r\n',
    '\t',
    '\0',
    '\\',
    '\\040',
    '\\777',
    ':',
    ',',
    '-',
    '(',
    ')',
    '"',
    '{',
    '[',
    ']',
    '}',
  ],
  ...[
    '0',
    '-1',
    '1e9',
    '0x',
    'NaN',
    'EOF',
    '99999999999999999999999',
    '18446744073709551615',
    'ffffffffffffffff',
  ],
  ...[
    '\u001b[2J',
    '\u202e',
    '\ud800',
    '\ufffd',
    'ü',
    '🗄',
    '__proto__',
    'constructor',
    '(deleted)',
    '->',
    '//deleted',
  ],
];

interface Edit {
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
  readonly times: number;
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    removed: fc.oneof(fc.nat(3), fc.nat(60)),
    inserted: fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary', maxLength: 12 })),
    times: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.nat(3000)),
  }),
  { maxLength: 6 },
);

/** A text that was right once; sometimes one that never was. */
function spoilt(text: string): fc.Arbitrary<string> {
  const edited = edits.map((all) => all.reduce(applyEdit, text));
  return fc.oneof({ weight: 6, arbitrary: edited }, fc.string({ unit: 'binary', maxLength: 400 }));
}

function applyEdit(text: string, { at, removed, inserted, times }: Edit): string {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + inserted.repeat(times) + text.slice(start + removed);
}

function expectNumbers(...numbers: readonly (number | null)[]): void {
  for (const number of numbers) expect(number === null || Number.isSafeInteger(number)).toBe(true);
}

const MOUNTINFO = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro
36 22 0:33 / /mnt/a\\040b rw,noatime master:1 - overlay overlay rw,lowerdir=/a:/b\\,c,upperdir=/up,workdir=/w
40 22 0:39 /sub /data rw - btrfs /dev/vdb rw,subvol=/sub
`;

describe('mountinfo', () => {
  it('gives mounts, overlays and file systems, or leaves lines out', () => {
    fc.assert(
      fc.property(spoilt(MOUNTINFO), (text) => {
        for (const { mountPoint, device } of parseMountinfo(text)) {
          expect(mountPoint).not.toBe('');
          expect(device).toMatch(/^[0-9a-f]{2,}:[0-9a-f]{2,}$/);
        }
        for (const { upper } of overlaysIn(text)) expect(upper).not.toBe('');
        expect(fileSystemOf(tmpdir(), text)).toHaveProperty('known');
      }),
      RUNS,
    );
  });
});

const LOCKS = `1: POSIX  ADVISORY  WRITE 21014 fe:00:2181350 1073741824 1073741825
2: POSIX  ADVISORY  READ 21014 fe:00:2181350 1073741826 1073742335
2: -> POSIX  ADVISORY  WRITE 99 fe:00:1 120 120
3: FLOCK  ADVISORY  WRITE 7 fe:00:1 0 EOF
4: OFDLCK ADVISORY  READ -1 fe:00:1 0 EOF
`;
const FDINFO =
  'pos:\t0\nflags:\t02100002\nmnt_id:\t26\nino:\t9\nlock:\t1: POSIX  ADVISORY  READ 7 00:27:257 128 EOF\n';

describe.each([
  ['/proc/locks', LOCKS],
  ['fdinfo', FDINFO],
])('%s', (_, original) => {
  it('gives locks whose numbers are numbers', () => {
    fc.assert(
      fc.property(spoilt(original), (text) => {
        for (const { mode, pid, lastByte, fileKey } of parseKernelLocks(text)) {
          expect(['READ', 'WRITE']).toContain(mode);
          expect(fileKey).toMatch(/^[0-9a-f]+:[0-9a-f]+:\d+$/);
          expectNumbers(pid, lastByte);
        }
      }),
      RUNS,
    );
  });
});

const STAT =
  '4121 (a) b (c)) S 1 4121 4121 0 -1 4194560 100 0 0 0 5 6 0 0 20 0 4 0 123456 1000000 500 18446744073709551615 1 1 0\n';

describe('/proc/PID/stat', () => {
  it('is read past any name', () => {
    expect(parseProcessStat(STAT)).toEqual({
      state: 'S',
      parentPid: 1,
      kernelThread: false,
      startTicks: 123_456,
    });
  });

  it('gives numbers, or nothing', () => {
    fc.assert(
      fc.property(spoilt(STAT), (text) => {
        const stat = parseProcessStat(text);
        if (stat) expectNumbers(stat.parentPid, stat.startTicks);
      }),
      RUNS,
    );
  });
});

const MAPS = `55d0c8a00000-55d0c8b00000 r--p 00000000 fe:00 393 /usr/bin/python3.11
55d0c8b00000-55d0c8d00000 r-xp 00100000 fe:00 393 /usr/bin/python3.11
7f00aa000000-7f00aa008000 rw-s 00000000 fe:00 2181353                    /data/app.db-shm (deleted)
7f00ab000000-7f00ab100000 r-xp 00000000 00:27 77 /lib/with\\012newline.so
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0 [stack]
`;

describe('/proc/PID/maps', () => {
  it('gives programs with ranges that ascend', () => {
    fc.assert(
      fc.property(spoilt(MAPS), (text) => {
        for (const { ranges, addresses } of parseMappedPrograms(text)) {
          expect(addresses.length).toBeGreaterThan(0);
          for (const { start, end } of ranges) expect(Number.isNaN(start + end)).toBe(false);
        }
      }),
      RUNS,
    );
  });
});

const LSOF = 'p4121\nR1\nu1000\nLapp\ncpython3\nf3\nD0xfe00\ni2181350\nf4\nfmem\nD0xfe00\ni7\np4122\nf5\n';

describe('lsof', () => {
  it('gives processes and files whose numbers are numbers', () => {
    fc.assert(
      fc.property(spoilt(LSOF), (text) => {
        for (const { pid, parentPid, uid, files } of parseLsof(text)) {
          expectNumbers(pid, parentPid, uid);
          for (const { device } of files) expect(['bigint', 'object']).toContain(typeof device);
        }
      }),
      RUNS,
    );
  });
});

const CONFIG = JSON.stringify({
  databases: ['app.db', 'data/*.db'],
  fail_on: 'warning',
  workers: 4,
  mute: [{ check: 'page-size', reason: 'inherited' }],
  connections: { busy_timeout_ms: 5000, begin: 'immediate', synchronous: 'normal', persistent: true },
});

/** Whether it was accepted; a complaint is one line of bearable length. */
async function isAccepted(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (!(error instanceof UsageProblem)) throw error;
    expect(error.message.length).toBeLessThan(1000);
    expect(error.message).not.toMatch(/[\n\u001b\u202e]/);
    return false;
  }
}

describe('the configuration', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dblock-fuzz-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const load = (text: string) => {
    writeFileSync(join(folder, 'dblock.config.json'), text);
    return isAccepted(() => loadConfig({ cwd: folder, file: null, checkIds: ['page-size'] }));
  };

  it('is accepted or complained about', async () => {
    expect(await load(CONFIG)).toBe(true);
    await fc.assert(
      fc.asyncProperty(spoilt(CONFIG), async (text) => {
        await load(text);
      }),
      FEWER_RUNS,
    );
  });

  it('of any JSON is accepted or complained about', async () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const keys = ['databases', 'fail_on', 'workers', 'mute', 'connections', '__proto__', '$schema'];
    const document = fc.dictionary(fc.oneof(fc.constantFrom(...keys), fc.string()), value);
    await fc.assert(
      fc.asyncProperty(fc.oneof(document, value), async (content) => {
        await load(JSON.stringify(content));
      }),
      FEWER_RUNS,
    );
  });

  it.each([
    ['nested without end', `{"workers": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['with a key that never ends', `{"${'k'.repeat(200_000)}": 1}`],
    ['with a string that never ends', `{"databases": ["${'x'.repeat(200_000)}`],
    ['of ten megabytes', `{"databases": ["${'x'.repeat(10_000_000)} `],
    ['of nothing but brackets', '['.repeat(200_000)],
  ])('%s is complained about', async (_, text) => {
    expect(await load(text)).toBe(false);
  });
});

describe('a file for --from', () => {
  const EVIDENCE = JSON.stringify({
    schema: 'dblock.evidence-file/1',
    tool: { name: 'dblock', version: '0.1.0' },
    databases: [
      { given: 'app.db', evidence: { schema: 'dblock.evidence/1', path: '/data/app.db', samples: [] } },
    ],
  });
  const read = (text: string) => isAccepted(() => parseEvidenceFile(text, 'evidence.json'));

  it('is accepted or complained about', async () => {
    await fc.assert(
      fc.asyncProperty(spoilt(EVIDENCE), async (text) => {
        await read(text);
      }),
      FEWER_RUNS,
    );
  });

  it.each([
    ['nested without end', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['with evidence nested without end', EVIDENCE.replace('[]', '['.repeat(100_000) + ']'.repeat(100_000))],
    ['cut off', EVIDENCE.slice(0, -9)],
  ])('%s is complained about', async (_, text) => {
    expect(await read(text)).toBe(false);
  });
});
