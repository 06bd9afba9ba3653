/** The database that a run writes to: a scratch one, a private copy, or the target itself. */
import { closeSync, openSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { showPath } from '../sqlite/errors.js';
import { fileSystemOf, readMountinfo } from '../sqlite/file-system.js';
import type { Bytes, Milliseconds } from '../units.js';
import { disown, makeArenaFolder, removeAbandoned } from './arena-folder.js';
import type { ArenaAnswer } from './arena-protocol.js';
import type { ArenaWorker } from './arena-worker.js';
import type { Misnamed } from './misread.js';
import type { ArenaResult } from './result-shapes.js';

/** Why there is no arena, or no load on it: the end of a sentence. */
export class ArenaFailure extends Error {
  override readonly name = 'ArenaFailure';

  constructor(
    message: string,
    readonly misnamed: Misnamed | null = null,
    /** Of a script the message says so itself. */
    readonly about: 'database' | 'script' = 'database',
  ) {
    super(message);
  }
}

/** `source` is a real path. */
export type ArenaRequest = Surroundings &
  (
    | { readonly kind: 'scratch'; readonly source: null }
    | { readonly kind: 'copy' | 'in-place'; readonly source: string }
  );

interface Surroundings {
  /** Where folders for scratch databases may be made, and for copies if they are on the file system of the source. */
  readonly places: readonly string[];
  readonly platform: string;
  readonly worker: ArenaWorker;
  readonly signal: AbortSignal;
}

export interface Arena {
  readonly kind: ArenaResult['kind'];
  readonly path: string;
  /** `null`: in place. */
  readonly folder: string | null;
  readonly bytes: Bytes;
  /** Until the copy was there; it began when the options and the target had been looked at. */
  readonly readyMs: Milliseconds;
  readonly reflinked: boolean;
  readonly fileSystem: string | null;
  readonly worker: ArenaWorker;
  /** Arenas of killed runs that were removed. */
  readonly removed: readonly string[];
  /** Our tables from the target, or the folder of the copy. @returns what is left and why, as a sentence; `null`: nothing is */
  remove(): Promise<string | null>;
  /** From now on it is the user's. */
  keep(): void;
}

/** @throws ArenaFailure; and the reason of the signal */
export async function openArena(request: ArenaRequest): Promise<Arena> {
  const startMs = performance.now();
  const places = placesFor(request);
  const removed = removeAbandoned([...places, ...request.places]);
  if (request.kind === 'in-place') return inPlace(request, startMs, removed);
  const made = makeArenaFolder(places);
  if (!made.known) throw new ArenaFailure(`no folder can be made for the copy (${made.reason})`);
  const folder = made.value;
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const { path, bytes, reflinked } = await fill(folder, request);
    const readyMs = performance.now() - startMs;
    return {
      ...{ kind: request.kind, path, folder, bytes, readyMs, reflinked, removed, worker: request.worker },
      ...{ fileSystem: typeOf(path), keep: () => disown(folder) },
      remove: () => remove().then(() => null, complaintAbout(folder)),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function complaintAbout(folder: string): (error: Error) => string {
  return ({ message }) => `The copy could not be removed: ${showPath(folder)} (${message}).`;
}

function inPlace(
  { source, worker }: Surroundings & { readonly source: string },
  startMs: Milliseconds,
  removed: readonly string[],
): Arena {
  return {
    ...{ kind: 'in-place', path: source, folder: null, bytes: statSync(source).size },
    ...{ reflinked: false, removed, worker },
    ...{ readyMs: performance.now() - startMs, fileSystem: typeOf(source), keep: () => undefined },
    remove: async () => {
      const answer = await worker.ask({ order: 'drop', path: source });
      if (answer.answer !== 'problem') return null;
      return `dblock's own tables are still in the database, for it could not drop them: ${answer.reason}. The next run with --in-place does.`;
    },
  };
}

/** A copy belongs on the disk of the original: another one may be faster or slower. */
function placesFor({ source, places }: ArenaRequest): string[] {
  if (source === null) return [...places];
  const { dev } = statSync(source);
  return [...places.filter((place) => deviceOf(place) === dev), dirname(source)];
}

function deviceOf(folder: string): number | null {
  return statSync(folder, { throwIfNoEntry: false })?.dev ?? null;
}

async function fill(
  folder: string,
  { source, platform, worker, signal }: ArenaRequest,
): Promise<Pick<Arena, 'path' | 'bytes' | 'reflinked'>> {
  if (source === null) {
    const path = join(folder, 'scratch.db');
    closeSync(openSync(path, 'wx', 0o600));
    return { path, bytes: 0, reflinked: false };
  }
  const answer = await worker.ask({ order: 'copy', source, folder, platform }, signal);
  if (answer.answer === 'copied') return answer;
  throw failureFrom(answer);
}

export function failureFrom(answer: ArenaAnswer): ArenaFailure {
  if (answer.answer === 'problem') return new ArenaFailure(answer.reason, answer.misnamed, answer.about);
  return new ArenaFailure('the process that works on the arena answered something else');
}

function typeOf(path: string): string | null {
  const found = fileSystemOf(path, readMountinfo());
  return found.known ? found.value.type : null;
}
