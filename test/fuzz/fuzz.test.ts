/**
 * Thousands of spoilt databases, WALs, WAL indexes and journals: no crash, no hang, no claim of health that SQLite
 * contradicts. Each case follows from the seed and its number: `FUZZ_CASE=4711 npx vitest run test/fuzz/fuzz.test.ts`
 * examines that one alone; FUZZ_SEED and FUZZ_CASES explore others; DBLOCK_SOAK=1 examines 10,000. The files of a failed case are kept in
 * test-results/fuzz-failures.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDblock } from '../support/dblock.js';
import { soaked } from '../support/soak.js';
import { type Bases, type FuzzCase, makeCase, readBases } from './cases.js';
import { diagnose } from './diagnose.js';
import type { Examination, Failure } from './examiner-process.js';
import { Place } from './files.js';
import { examineAll, examineShare, openWorkshop, type Workshop } from './watchdog.js';

const { FUZZ_SEED, FUZZ_CASES, FUZZ_CASE } = process.env;
const SEED = Number(FUZZ_SEED ?? 20_261_120);
const CASES = Number(FUZZ_CASES ?? soaked(1000, 10_000));

/** Ten thousand take their time on a slow machine; a single one that hangs is ended by the watchdog. */
const HANG_MS = 900_000;

/** Run by the built command, each in a process of its own. */
const SAMPLE = soaked(8, 24);

let workshop: Workshop;
let bases: Bases;
beforeAll(async () => {
  workshop = await openWorkshop();
  bases = readBases(workshop.bases);
});
afterAll(() => workshop[Symbol.asyncDispose]());

/** With what it takes to see them again. */
function describeFailures(failures: readonly Failure[]): string[] {
  const shown = failures.slice(0, 20);
  return shown.map(
    ({ number, faults, about }) => `seed ${SEED}, case ${number}: ${faults.join('; ')} [${about}]`,
  );
}

/** Of all cases, those whose result begins so. */
function shareOf(result: string, examinations: readonly Examination[]): number {
  const counts = examinations.flatMap(({ tally }) => Object.entries(tally));
  const matching = counts.filter(([name]) => name.startsWith(result));
  return matching.reduce((total, [, count]) => total + count, 0) / CASES;
}

const TITLE = `${CASES} spoilt databases from seed ${SEED}`;

/** Side by side, for all of them wait now and then. */
describe.skipIf(FUZZ_CASE !== undefined)(TITLE, { concurrent: true }, () => {
  it(
    'are refused or examined, and never called healthy when SQLite refuses them',
    async () => {
      const examinations = await examineAll(workshop, {
        seed: SEED,
        from: bases.size,
        to: bases.size + CASES,
      });
      expect(describeFailures(examinations.flatMap(({ failures }) => failures))).toEqual([]);
      expect(examinations.reduce((total, { cases }) => total + cases, 0)).toBe(CASES);
      // Neither so mild that all is well, nor so wild that nothing gets past the header.
      for (const result of ['refused', 'ok', 'warning'])
        expect(shareOf(result, examinations)).toBeGreaterThan(0.1);
      const peaks = examinations.map(({ peakMemoryBytes }) => peakMemoryBytes);
      expect(Math.max(...peaks)).toBeLessThan(400 * 2 ** 20);
    },
    HANG_MS,
  );

  it(
    'are told by the command as they are told here',
    async () => {
      const sample = quietCases(SAMPLE);
      expect(sample.length).toBe(SAMPLE);
      for (let at = 0; at < sample.length; at += 4)
        await Promise.all(sample.slice(at, at + 4).map(expectSameExit));
    },
    HANG_MS,
  );

  it('would not hide a hang: it is ended and named', async () => {
    const hanging = examineShare(workshop, { seed: SEED, from: 0, to: 9, step: 3, hangAt: 6 }, 2000);
    await expect(hanging).rejects.toThrow(`seed ${SEED}, case 6 was still at it after 2 s`);
  });

  it('come from files that are never refused as SQLite made them', async () => {
    const examination = await examineShare(workshop, { seed: SEED, from: 0, to: bases.size, step: 1 });
    expect(describeFailures(examination.failures)).toEqual([]);
    expect(examination.cases).toBe(bases.size);
    expect(bases.size).toBeGreaterThan(15);
    expect(Object.keys(examination.tally).filter((result) => result.startsWith('refused'))).toEqual([]);
  });
});

if (FUZZ_CASE !== undefined)
  it(`case ${FUZZ_CASE} of seed ${SEED}`, async () => {
    const from = Number(FUZZ_CASE);
    const { failures, tally } = await examineShare(workshop, { seed: SEED, from, to: from + 1, step: 1 });
    console.log(tally, makeCase(SEED, from, bases).what);
    expect(describeFailures(failures)).toEqual([]);
  });

/** Nobody has them open, and nothing changes meanwhile: as they can be shown to the command. */
function quietCases(count: number): FuzzCase[] {
  const chosen: FuzzCase[] = [];
  for (let number = bases.size; chosen.length < count && number < bases.size + CASES; number += 37) {
    const spoilt = makeCase(SEED, number, bases);
    if (spoilt.kernels === null && spoilt.later === null) chosen.push(spoilt);
  }
  return chosen;
}

const FORMATS = ['table', 'json', 'ndjson', 'markdown', 'junit', 'sarif', 'github'];

async function expectSameExit(spoilt: FuzzCase): Promise<void> {
  const folder = join(workshop.folder, `command-${spoilt.number}`);
  mkdirSync(folder);
  const path = join(folder, 'app.db');
  const place = new Place(path);
  place.put(spoilt.files);
  const expected = await diagnose(place, { ...spoilt, schemaFacts: true });
  const format = FORMATS[spoilt.number % FORMATS.length] ?? 'table';
  const run = await runDblock(['doctor', path, '--format', format, '--interval', '1ms']);
  const context = `seed ${SEED}, case ${spoilt.number}, ${format}: ${run.stderr}`;
  expect(run.status, context).toBe(expected.exit);
  expect(run.stderr, context).not.toMatch(/internal error|^\s+at /m);
  expect(run.stdout === '', context).toBe(expected.kind === 'refused');
  if (format === 'json' && run.stdout !== '')
    expect(JSON.parse(run.stdout)).toMatchObject({ exit_code: run.status });
}
