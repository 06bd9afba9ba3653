/** An outside measurement of who holds WRITE and for how long: F_GETLK in a loop, from a process without SQLite. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pythonPath } from './programs.js';

const SCRIPT = `
import fcntl, json, os, select, struct, sys, time
shm = os.open(sys.argv[1], os.O_RDWR)
ask = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 120, 1, 0)
holds, holder, began, last, turns, doubt = {}, 0, 0.0, time.monotonic(), 0, 0.0
print("watching", flush=True)
while True:
    kind, _, _, _, pid = struct.unpack("hhqqi", fcntl.fcntl(shm, fcntl.F_GETLK, ask))
    now = time.monotonic()
    if kind == fcntl.F_UNLCK:
        pid = 0
    if pid != holder:
        if holder:
            hold = {'ms': (last - began) * 1000, 'plusMinusMs': (doubt + now - last) * 1000}
            holds.setdefault(holder, []).append(hold)
        holder, began, doubt = pid, now, now - last
    last = now
    turns += 1
    if turns % 500 == 0 and select.select([sys.stdin], [], [], 0)[0]:
        break
print(json.dumps(holds), flush=True)
`;

export interface WatchedHold {
  readonly ms: number;
  /** For how long nobody looked, before the first and after the last sight of it. */
  readonly plusMinusMs: number;
}

/** Each hold, by pid. */
export type Holds = Readonly<Record<string, readonly WatchedHold[]>>;

export class WriteLockWatcher {
  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly output: Promise<string>,
  ) {}

  async stop(): Promise<Holds> {
    this.child.stdin.end('stop\n');
    const lines = (await this.output).trim().split('\n');
    return JSON.parse(lines.at(-1) ?? '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Watches byte 120 of a `-shm` that exists; resolves when it does. */
export async function watchWriteLock(shmPath: string): Promise<WriteLockWatcher> {
  const child = spawn(pythonPath() ?? 'python3', ['-c', SCRIPT, shmPath]);
  const output = text(child.stdout);
  await once(child.stdout, 'data');
  return new WriteLockWatcher(child, output);
}
