/** A database and the files beside it, as bytes. */
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';

export interface Files {
  database: Buffer;
  /** `null`: there is no such file. */
  wal: Buffer | null;
  shm: Buffer | null;
  journal: Buffer | null;
}

const SIDECARS = { wal: '-wal', shm: '-shm', journal: '-journal' } as const;
const sidecars = Object.keys(SIDECARS) as (keyof typeof SIDECARS)[];

export function readFiles(path: string): Files {
  const read = (suffix: string) => {
    try {
      return readFileSync(path + suffix);
    } catch {
      return null;
    }
  };
  return { database: readFileSync(path), wal: read('-wal'), shm: read('-shm'), journal: read('-journal') };
}

/** Puts exactly these files there. */
export function writeFiles(path: string, files: Files): void {
  writeFileSync(path, files.database);
  for (const name of sidecars) {
    const bytes = files[name];
    if (bytes === null) unlinkIfPresent(path + SIDECARS[name]);
    else writeFileSync(path + SIDECARS[name], bytes);
  }
}

/** A third of the time that rmSync takes. */
function unlinkIfPresent(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // there was none
  }
}

export function copyOf(files: Files): Files {
  const copy = (bytes: Buffer | null) => bytes && Buffer.from(bytes);
  return {
    database: Buffer.from(files.database),
    wal: copy(files.wal),
    shm: copy(files.shm),
    journal: copy(files.journal),
  };
}

export function describeFiles({ database, wal, shm, journal }: Files): string {
  const size = (bytes: Buffer | null) => (bytes === null ? 'none' : `${bytes.length}`);
  return `database ${database.length}, -wal ${size(wal)}, -shm ${size(shm)}, -journal ${size(journal)} bytes`;
}
