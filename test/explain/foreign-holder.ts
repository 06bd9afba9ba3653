/** A process that is no SQLite: it damages a WAL index and locks bytes of -shm, as a broken program would. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pythonPath } from '../support/programs.js';

const SCRIPT = `
import fcntl, os, struct, sys
path, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
shm = os.open(path, os.O_RDWR)
fcntl.fcntl(shm, fcntl.F_SETLK, struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, first, count, 0))
os.pwrite(shm, b"\\xff" * 96, 0)
print("held", flush=True)
sys.stdin.read()
`;

export class ForeignHolder {
  constructor(readonly child: ChildProcess) {}

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}

/** Locks `count` bytes of `-shm` from byte `first` on, and overwrites both copies of the index header. */
export async function holdDamaged(shmPath: string, first: number, count: number): Promise<ForeignHolder> {
  const child = spawn(pythonPath() ?? 'python3', ['-c', SCRIPT, shmPath, String(first), String(count)]);
  const [line] = await once(child.stdout, 'data');
  if (String(line).trim() !== 'held') throw new Error(`the holder said ${line}`);
  return new ForeignHolder(child);
}
