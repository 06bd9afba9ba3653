/** What the processes that have a database open are, as far as that shows from outside. */
import type { AttachedProcess, Descriptor, ProcessSighting, SqliteLibrary } from '../locks/shapes.js';
import { buildHasWalResetBug } from '../sqlite/versions.js';
import type { Pid } from '../units.js';
import { sightingOf } from './questions.js';
import type { Evidence, Sample } from './shapes.js';

export function processOf(evidence: Evidence, pid: Pid): AttachedProcess | null {
  return evidence.processes.find((process) => process.pid === pid) ?? null;
}

/** Replicates a database, for which it keeps a read transaction open and checkpoints by itself (litestream.io/how-it-works). */
export function isLitestream(evidence: Evidence, pid: Pid): boolean {
  const process = processOf(evidence, pid);
  const names = [
    process?.executable.known ? process.executable.value : '',
    process?.command.known ? (process.command.value[0] ?? '') : '',
  ];
  return names.some((name) => name.slice(name.lastIndexOf('/') + 1) === 'litestream');
}

/**
 * The copies of SQLite that a process may use for this database. A program that has one built in, as Node.js ≥ 22
 * has, is rarely the one to use it if the process also loaded another; by itself it is.
 */
export function sqliteCopies(process: AttachedProcess): SqliteLibrary[] {
  if (!process.sqliteLibraries.known) return [];
  const program = process.executable.known ? process.executable.value : null;
  const copies = process.sqliteLibraries.value;
  const loaded = copies.filter((copy) => copy.path !== program);
  return loaded.length > 0 ? loaded : copies;
}

/** Whether a process has a SQLite that can lose commits in WAL mode (sqlite/versions.ts). */
export function hasResetBug(evidence: Evidence, pid: Pid): boolean {
  const process = processOf(evidence, pid);
  return process !== null && sqliteCopies(process).some((copy) => buildHasWalResetBug(copy) === true);
}

/** A process and the one that it was forked from, with the files that it got from it. */
export interface Inheritance {
  readonly parentPid: Pid;
  readonly descriptors: readonly Descriptor[];
}

/**
 * The parent from which a process seems to have its connection: all that it has open of the database and `-shm` has
 * the same descriptor number there. A heuristic: fork() copies the table of descriptors.
 */
export function inheritedConnection(evidence: Evidence, sample: Sample, pid: Pid): Inheritance | null {
  const parentPid = processOf(evidence, pid)?.parentPid ?? null;
  const parent = parentPid === null ? null : sightingOf(sample, parentPid);
  const descriptors = lockedFiles(sightingOf(sample, pid));
  if (!parent || !descriptors.some(({ file }) => file === 'database')) return null;
  return descriptors.every((own) => hasSame(parent, own)) ? { parentPid: parent.pid, descriptors } : null;
}

function lockedFiles(sighting: ProcessSighting | null): Descriptor[] {
  return (sighting?.descriptors ?? []).filter(({ file }) => file === 'database' || file === 'shm');
}

function hasSame(parent: ProcessSighting, { fd, file, identity }: Descriptor): boolean {
  return parent.descriptors.some(
    (other) => other.fd === fd && other.file === file && other.identity.inode === identity.inode,
  );
}
