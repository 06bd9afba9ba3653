import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The built tool, for tests that have to start it themselves. */
export const PROGRAM = fileURLToPath(new URL('../../bin/dblock.js', import.meta.url));
/** A whole run takes well under a second; only a hang takes this long, however busy the machine. */
const DEADLINE_MS = 120_000;
/** What a developer's shell or CI may have set, and would change the output. */
const DECIDED_BY_THE_TEST = ['DBLOCK_DATABASE', 'NO_COLOR', 'FORCE_COLOR', 'CI', 'COLUMNS', 'GITHUB_ACTIONS'];

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Run as another user; needs root. */
  readonly uid?: number;
  /** A program, with its options, that starts it. */
  readonly behind?: readonly string[];
}

export interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `dblock` as a user does. Fails if it is still running after 2 minutes or dies of a signal. */
export async function runDblock(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const [program = '', ...rest] = [...(options.behind ?? []), process.execPath, PROGRAM, ...args];
  const child = spawn(program, rest, {
    env: { ...cleanEnvironment(), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS);
  // It may end without reading its standard input.
  child.stdin.on('error', () => undefined).end(options.stdin ?? '');
  const ended = new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => resolve({ status, signal }));
  });
  const [{ status, signal }, stdout, stderr] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]).finally(() => clearTimeout(deadline));
  if (status === null) throw new Error(`dblock ${args.join(' ')} died of ${signal}: ${stderr}`);
  return { status, stdout, stderr };
}

/** This process's environment, without what decides the output. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !DECIDED_BY_THE_TEST.includes(name));
  return Object.fromEntries(kept);
}
