/** `--deep`: what only a look at every page can tell, taken from a private copy. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Known, unknown } from '../known.js';
import { killChild } from '../sqlite/kill-child.js';
import { makePrivateFolder } from '../sqlite/temporary-folder.js';
import type { Bytes } from '../units.js';
import { foreignSigns } from './foreign-signs.js';
import { lastSample, trustedIndex } from './questions.js';
import type { Deep, Evidence } from './shapes.js';

export interface DeepOptions {
  /** Where private copies may be made, the preferred one first. */
  readonly temporaryFolders: readonly string[];
  /** Called before a database is copied. */
  announce(path: string, bytes: Bytes): void;
  /** Ends the examination; the copy is deleted first. */
  readonly signal: AbortSignal;
}

/** What the child process is asked. */
export interface DeepRequest {
  readonly path: string;
  readonly folder: string;
  readonly platform: string;
  readonly trustIndex: boolean;
}

/**
 * Copies the database into a folder that only we may enter, has SQLite check the copy, and deletes it.
 * Rejects with the reason of `signal` when that aborts; every other failure is an unknown.
 */
export async function examineDeeply(evidence: Evidence, options: DeepOptions): Promise<Known<Deep>> {
  const obstacle = findObstacle(evidence);
  if (obstacle !== null) return unknown(obstacle);
  const { database, wal } = lastSample(evidence);
  const bytes = database.bytes + (wal?.file.bytes ?? 0);
  const folder = makePrivateFolder(options.temporaryFolders, dirname(evidence.path), bytes);
  if (!folder.known) return folder;
  options.announce(evidence.path, bytes);
  try {
    return await askChild(requestFor(evidence, folder.value), options.signal);
  } finally {
    await rm(folder.value, { recursive: true, force: true });
  }
}

/** Where a copy would show another database than the application has, or cannot be made however long one waits. */
function findObstacle(evidence: Evidence): string | null {
  const sample = lastSample(evidence);
  if (!sample.header) return 'the database has 0 bytes';
  const isWriting = sample.kernel.locks.some(({ file, mode }) => file === 'database' && mode === 'WRITE');
  if (sample.journal?.content.kind === 'active' && !isWriting) {
    return 'an interrupted transaction waits to be rolled back (see hot-journal): the file may be half written';
  }
  const foreign = foreignSigns(evidence);
  if (foreign.known && foreign.value.length > 0) {
    return 'the WAL belongs to another database (see foreign-wal), so no copy says what is in this one';
  }
  return null;
}

function requestFor(evidence: Evidence, folder: string): DeepRequest {
  const { path, platform } = evidence;
  return { path, folder, platform, trustIndex: trustedIndex(lastSample(evidence)) !== null };
}

/** `../doctor/`: right from dist/doctor and from a bundle in a sibling folder of it. */
const CHILD = fileURLToPath(new URL('./deep-process.js', import.meta.url));

async function askChild(request: DeepRequest, signal: AbortSignal): Promise<Known<Deep>> {
  signal.throwIfAborted();
  const child = fork(CHILD, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const kill = () => killChild(child);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const answer = await answerOf(child, request);
    signal.throwIfAborted();
    return answer;
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** Resolves when the child has ended: from then on nobody uses the copy. */
async function answerOf(child: ChildProcess, request: DeepRequest): Promise<Known<Deep>> {
  let answer: Known<Deep> | null = null;
  child.once('message', (message: Known<Deep>) => {
    answer = message;
  });
  const ended = once(child, 'close');
  child.send(request, () => undefined);
  const [complaint, [code, signal]] = await Promise.all([child.stderr ? text(child.stderr) : '', ended]);
  const lastLine = complaint.trim().split('\n').at(-1);
  return (
    answer ?? unknown(`the check of the private copy ended early (${signal ?? code}) ${lastLine}`.trim())
  );
}
