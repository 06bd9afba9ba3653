/** From a seed and a number to spoilt files: the same always. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { copyOf, type Files, readFiles } from './files.js';
import { type Kernels, liveKernels } from './kernel.js';
import { mutateAnyBytes, mutateHeaderBytes, mutateHeaderField, resizeDatabase } from './mutate-database.js';
import { mutateJournal } from './mutate-journal.js';
import { mutateSchema } from './mutate-schema.js';
import { mutateShm } from './mutate-shm.js';
import { mutateWal } from './mutate-wal.js';
import { Random } from './random.js';

export type Bases = ReadonlyMap<string, Files>;

export interface FuzzCase {
  readonly number: number;
  readonly base: string;
  /** What was done to it; nothing for the first ones, which are the base files as SQLite made them. */
  readonly what: readonly string[];
  readonly files: Files;
  /** Somebody has it open; `null`: nobody. */
  readonly kernels: Kernels | null;
  /** What lies there from the second sample on; `null`: the same. */
  readonly later: Files | null;
  readonly schemaFacts: boolean;
}

export function readBases(folder: string): Bases {
  const names = readdirSync(folder).filter((name) => !/^live-|-(?:wal|shm|journal)$/.test(name));
  return new Map(names.sort().map((name) => [name, readFiles(join(folder, name))]));
}

/** Numbers below the number of bases: these, unspoilt. */
export function makeCase(seed: number, number: number, bases: Bases): FuzzCase {
  const random = new Random(seed, number);
  const names = [...bases.keys()];
  const unspoilt = names[number];
  const base = unspoilt ?? pickBase(names, new Random(seed, -1 - Math.floor(number / IN_A_ROW)));
  const original = bases.get(base);
  if (!original) throw new Error(`there is no base ${base}`);
  const files = copyOf(original);
  if (unspoilt !== undefined)
    return { number, base, what: [], files, kernels: null, later: null, schemaFacts: true };
  const kernels = files.shm && random.chance(35) ? liveKernels(random) : null;
  const what = spoil(files, random, { bases, live: kernels !== null });
  const later = random.chance(kernels ? 25 : 5) ? copyOf(files) : null;
  if (later) what.push('then', ...spoil(later, random, { bases, live: true }));
  const schemaFacts = random.chance(what.some((one) => one.startsWith('schema')) ? 25 : 2);
  return { number, base, what, files, kernels, later, schemaFacts };
}

/** Of half a megabyte, or such that dblock waits, in case a transaction is about to end: what takes longer comes less often. */
const EXPENSIVE = /65536|hot-journal/;
const VERY_EXPENSIVE = /two-index-blocks/;
/** So many numbers in a row spoil the same base: most of its files then lie there already. */
const IN_A_ROW = 20;

function pickBase(names: readonly string[], random: Random): string {
  const weightOf = (name: string) => (VERY_EXPENSIVE.test(name) ? 1 : EXPENSIVE.test(name) ? 2 : 6);
  return random.pick(names.flatMap((name) => Array.from({ length: weightOf(name) }, () => name)));
}

interface Circumstances {
  readonly bases: Bases;
  readonly live: boolean;
}

function spoil(files: Files, random: Random, circumstances: Circumstances): string[] {
  const count = random.pick([1, 1, 1, 2, 2, 3]);
  return Array.from({ length: count }, () => spoilOnce(files, random, circumstances));
}

function spoilOnce(files: Files, random: Random, { bases, live }: Circumstances): string {
  const roll = random.below(100);
  if (files.shm && roll < (live ? 35 : 10)) return mutateShm(files, random);
  if (files.wal && roll < 60) return mutateWal(files, random, walsOf(bases));
  if (files.journal && roll < 20) return mutateJournal(files, random);
  const spoilers = [mutateHeaderField, mutateHeaderField, mutateSchema, mutateSchema, ...RARE];
  if (random.chance(95)) return random.pick(spoilers)(files, random);
  return random.chance(50) ? mutateJournal(files, random) : mutateWal(files, random, walsOf(bases));
}

const RARE = [mutateHeaderBytes, mutateAnyBytes, resizeDatabase];

function walsOf(bases: Bases): Buffer[] {
  return [...bases.values()].flatMap(({ wal }) =>
    wal && wal.length > 0 && wal.length < 200_000 ? [wal] : [],
  );
}
