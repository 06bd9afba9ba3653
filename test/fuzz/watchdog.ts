/** Runs the examiners as processes of their own: one that hangs or dies is named by its seed and case. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Examination, Orders } from './examiner-process.js';

const ROOT = join(import.meta.dirname, '../..');
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');

/** No count that a file claims may fill this. */
const HEAP_MIB = 256;

export interface Workshop {
  readonly bases: string;
  /** Where the processes and their files live. */
  readonly folder: string;
  script(name: string): string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Compiles what the processes run, from the sources as they are now, and has the base files made. */
export async function openWorkshop(): Promise<Workshop> {
  // Below the root, for the packages; of its own, because several runs may share the checkout.
  mkdirSync(join(ROOT, 'test-results'), { recursive: true });
  const build = mkdtempSync(join(ROOT, 'test-results/fuzz-'));
  // In memory where that can be had: a case writes four files.
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dblock-fuzz-'));
  const bases = join(folder, 'bases');
  const script = (name: string) => join(build, 'test/fuzz', `${name}.js`);
  await run([COMPILER, '-p', join(import.meta.dirname, 'tsconfig.json'), '--outDir', build]);
  await run([script('make-bases'), bases]);
  return {
    ...{ bases, folder, script },
    async [Symbol.asyncDispose]() {
      await Promise.all([build, folder].map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}

async function run(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const [said, complaint, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${said}${complaint}`);
}

export interface Job {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly hangAt?: number;
}

/** Shares the cases out among processes, which wait a part of their time: twice as many as there are processors. */
export async function examineAll(workshop: Workshop, job: Job, processes = 4): Promise<Examination[]> {
  const shares = Array.from({ length: processes }, (_, share) => share);
  return Promise.all(
    shares.map((share) => examineShare(workshop, { ...job, from: job.from + share, step: processes })),
  );
}

/** A case takes milliseconds. Only a hang takes so long, however busy the machine. */
const PATIENCE_MS = 60_000;

export async function examineShare(
  workshop: Workshop,
  job: Job & Pick<Orders, 'step'>,
  patienceMs = PATIENCE_MS,
): Promise<Examination> {
  const folder = mkdtempSync(join(workshop.folder, 'share-'));
  const orders: Orders = {
    ...{ ...job, bases: workshop.bases, folder, progressFile: join(folder, 'progress') },
    failures: join(ROOT, 'test-results/fuzz-failures'),
  };
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP_MIB}`, workshop.script('examiner-process'), JSON.stringify(orders)],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const watch = watchProgress(child, orders.progressFile, patienceMs);
  const [said, complaint, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]).finally(watch.end);
  if (code === 0) return JSON.parse(said);
  const how = watch.hung()
    ? `was still at it after ${patienceMs / 1000} s`
    : `ended its process (${signal ?? code})`;
  throw new Error(`seed ${job.seed}, case ${lastCase(orders.progressFile)} ${how}. ${complaint}`.trim());
}

function watchProgress(child: ChildProcess, progressFile: string, patienceMs: number): Watch {
  let [last, since, hung] = ['', performance.now(), false];
  const timer = setInterval(() => {
    const now = lastCase(progressFile);
    if (now !== last) [last, since] = [now, performance.now()];
    // Loading what it needs may take longer than a case.
    const patience = now === NONE_YET ? PATIENCE_MS : patienceMs;
    if (performance.now() - since < patience) return;
    hung = true;
    child.kill('SIGKILL');
  }, patienceMs / 20);
  return { hung: () => hung, end: () => clearInterval(timer) };
}

interface Watch {
  hung(): boolean;
  end(): void;
}

const NONE_YET = 'none yet';

function lastCase(progressFile: string): string {
  const written = existsSync(progressFile) ? readFileSync(progressFile, 'utf8').trim() : '';
  return written === '' ? NONE_YET : written;
}
