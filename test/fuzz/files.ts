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
  new Place(path).put(files);
}

/** Where files are put again and again: those that have not changed since are left alone. */
export class Place {
  readonly #present = new Map<string, Buffer | null>();

  constructor(readonly path: string) {}

  put(files: Files): void {
    this.#putOne('', files.database);
    for (const name of sidecars) this.#putOne(SIDECARS[name], files[name]);
  }

  /** Somebody else may have changed them. */
  forget(): void {
    this.#present.clear();
  }

  #putOne(suffix: string, bytes: Buffer | null): void {
    const present = this.#present.get(suffix);
    if (present === bytes || (bytes && present?.equals(bytes))) return;
    if (bytes === null) unlinkIfPresent(this.path + suffix);
    else writeFileSync(this.path + suffix, bytes);
    this.#present.set(suffix, bytes);
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
