/** Entry of a process of its own, which the watchdog ends if it hangs: examines every n-th case. */
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { allocations } from './allocations.js';
import { type Bases, type FuzzCase, makeCase, readBases } from './cases.js';
import { type Diagnosis, diagnose } from './diagnose.js';
import { describeFiles, Place, writeFiles } from './files.js';
import { askSqlite, faultsOf, faultsOfEvidence } from './oracle.js';

export interface Orders {
  readonly bases: string;
  readonly folder: string;
  /** Where the files of failed cases are kept. */
  readonly failures: string;
  readonly progressFile: string;
  readonly seed: number;
  /** The first case, and by how much to go on from there. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** To show that a hang is caught: hangs there. */
  readonly hangAt?: number;
}

export interface Failure {
  readonly number: number;
  readonly faults: readonly string[];
  /** Base, mutations and sizes. */
  readonly about: string;
}

export interface Examination {
  readonly cases: number;
  readonly failures: readonly Failure[];
  /** How often each happened: refusals by kind, else verdict and exit code. */
  readonly tally: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly slowest: number;
  readonly largestAllocation: number;
  readonly peakMemoryBytes: number;
}

const LONGEST_MS = 1000;
/** Nothing that is read here is larger than a few megabytes. */
const LARGEST_ALLOCATION = 64 * 2 ** 20;

/** Takes half as long as all the rest. */
const VALIDATED_EVERY = 10;

const orders: Orders = JSON.parse(process.argv[2] ?? '');
const bases = readBases(orders.bases);
const place = new Place(join(orders.folder, 'fuzz.db'));
const progress = openSync(orders.progressFile, 'w');
const failures: Failure[] = [];
const tally: Record<string, number> = {};
let [cases, slowest, slowestMs] = [0, 0, 0];

for (let number = orders.from; number < orders.to; number += orders.step) {
  writeSync(progress, String(number).padEnd(12), 0);
  const { faults, ms, about, result } = await examineCase(number, bases);
  cases += 1;
  tally[result] = (tally[result] ?? 0) + 1;
  if (ms > slowestMs) [slowest, slowestMs] = [number, ms];
  if (faults.length > 0) failures.push({ number, faults, about });
}

const examination: Examination = {
  ...{ cases, failures, tally, slowest, slowestMs, largestAllocation: allocations.largestEver },
  peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(JSON.stringify(examination));

interface Examined {
  readonly faults: string[];
  readonly ms: number;
  readonly about: string;
  readonly result: string;
}

async function examineCase(number: number, bases: Bases): Promise<Examined> {
  const spoilt = makeCase(orders.seed, number, bases);
  place.put(spoilt.files);
  if (number === orders.hangAt) hang();
  allocations.largest = 0;
  const before = performance.now();
  const diagnosis = await diagnose(place, spoilt).catch((error: unknown) => error);
  const ms = performance.now() - before;
  const faults = [...faultsOfRun(spoilt, diagnosis), ...faultsOfMemory()];
  if (ms > LONGEST_MS) faults.push(...(await faultsOfTime(spoilt)));
  if (faults.length > 0) keep(spoilt);
  const about = `${spoilt.base}: ${spoilt.what.join('; ')} (${describeFiles(spoilt.files)})${spoilt.kernels ? ', in use' : ''}`;
  return { faults, ms, about, result: isDiagnosis(diagnosis) ? resultOf(diagnosis) : 'thrown' };
}

/** As deaf to everything as an endless loop, without the heat. */
function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function isDiagnosis(value: unknown): value is Diagnosis {
  return typeof value === 'object' && value !== null && 'kind' in value && 'exit' in value;
}

function resultOf(diagnosis: Diagnosis): string {
  if (diagnosis.kind === 'refused') return `refused: ${diagnosis.problem.kind}`;
  return `${diagnosis.verdict}, exit ${diagnosis.exit}`;
}

function faultsOfMemory(): string[] {
  return allocations.largest > LARGEST_ALLOCATION ? [`allocated ${allocations.largest} bytes at once`] : [];
}

/** Once more, by the time of the processor: the machine may have had better things to do. */
async function faultsOfTime(spoilt: FuzzCase): Promise<string[]> {
  place.put(spoilt.files);
  const before = process.cpuUsage();
  await diagnose(place, spoilt).catch(() => null);
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  return cpuMs > LONGEST_MS ? [`takes ${Math.round(cpuMs)} ms of CPU time`] : [];
}

function faultsOfRun(spoilt: FuzzCase, diagnosis: unknown): string[] {
  if (!isDiagnosis(diagnosis)) return [`threw ${diagnosis instanceof Error ? diagnosis.stack : diagnosis}`];
  const evidence =
    diagnosis.kind === 'examined' && spoilt.number % VALIDATED_EVERY === 0 ? diagnosis.evidence : null;
  return [...faultsOf(diagnosis), ...faultsOfEvidence(evidence), ...wrongClaims(spoilt, diagnosis)];
}

/** What SQLite refuses must not be called healthy, and what it made itself must not be refused. */
function wrongClaims(spoilt: FuzzCase, diagnosis: Diagnosis): string[] {
  if (diagnosis.kind === 'refused') {
    return spoilt.what.length === 0
      ? [`refused files as SQLite made them: ${diagnosis.problem.message}`]
      : [];
  }
  if (diagnosis.exit !== 0 || isRollBackAhead(diagnosis)) return [];
  const answer = sqliteAnswer(spoilt, diagnosis.sampledTwice);
  return answer === null ? [] : [`exit 0 (${diagnosis.verdict}), but SQLite says ${answer}`];
}

/**
 * Whether SQLite, too, takes it for a database. Beside living connections it would believe the index, as dblock
 * does: then only the file's own header can be asked for.
 */
function sqliteAnswer({ files, later, kernels }: FuzzCase, sampledTwice: boolean): string | null {
  const changed = sampledTwice ? later : null;
  if (kernels === null && changed === null) return ask({ mayWrite: files.journal !== null });
  place.put({ database: (changed ?? files).database, wal: null, shm: null, journal: null });
  const answer = ask({ mayWrite: false });
  return answer?.startsWith('SQLITE_NOTADB') ? answer : null;
}

function ask(options: { readonly mayWrite: boolean }): string | null {
  try {
    return askSqlite(place.path, options);
  } finally {
    place.forget();
  }
}

/** Then SQLite's answer is about what the rollback left, and dblock warns of it. */
function isRollBackAhead({ outcomes }: Extract<Diagnosis, { kind: 'examined' }>): boolean {
  return outcomes.some(({ id, outcome }) => id === 'hot-journal' && outcome === 'found');
}

function keep({ number, files, later }: FuzzCase): void {
  const folder = join(orders.failures, `seed-${orders.seed}-case-${number}`);
  mkdirSync(folder, { recursive: true });
  writeFiles(join(folder, 'fuzz.db'), files);
  if (later) writeFiles(join(folder, 'later.db'), later);
}
