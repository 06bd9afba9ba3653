/** The operating system's side of an actor: how it is started, and what state it is in. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { pythonPath } from './programs.js';

/** python: the system's SQLite through sqlite3. node: better-sqlite3's own. */
export type ActorKind = 'python' | 'node';
export const actorKinds: readonly ActorKind[] = ['python', 'node'];

/** Starts the process; `Actor.ready()` waits for its greeting. */
export function spawnActor(kind: ActorKind): ChildProcessWithoutNullStreams {
  const script = fileURLToPath(new URL(`actors/actor.${kind === 'python' ? 'py' : 'mjs'}`, import.meta.url));
  return spawn(interpreter(kind), [script]);
}

function interpreter(kind: ActorKind): string {
  if (kind === 'node') return process.execPath;
  const python = pythonPath();
  if (python === null) throw new Error('no python3 with sqlite3 here: skip this test by skipReason()');
  return python;
}

/** The letter of /proc/PID/stat, or `null` if there is no such process. */
export function processState(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may itself contain any character.
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return null;
  }
}
