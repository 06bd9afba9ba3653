/**
 * What becomes of our processes if this one is killed with SIGKILL. An actor inside a call to SQLite hears nothing until
 * the call ends, and a wait for a lock lasts as long as its busy timeout. So a shell waits at the end of a pipe, with
 * the pids of those that are alive: when the pipe breaks, it kills them. A thread of each actor that looks for its
 * parent would take 10 MiB; prctl(PR_SET_PDEATHSIG) cannot be called from Node.js.
 */
import { type ChildProcess, spawn } from 'node:child_process';

/** `+ PID` is one more, `- PID` one less; at the end of the input come those that are left. */
const SHELL = `trap '' INT TERM HUP
pids=' '
while read -r sign pid; do
  case $sign in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%%" $pid "*} \${pids#*" $pid "}" ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done`;

export interface LastWill {
  /** Names one that is not to outlive this process. */
  include(child: ChildProcess): void;
  /** Nobody is left to be killed. */
  end(): void;
}

/** Where there is no shell, processes end as soon as they notice by themselves. It is started behind the first of them. */
export function writeLastWill(): LastWill {
  let shell: Shell | null = null;
  const write = (sign: '+' | '-', { pid }: ChildProcess) => {
    shell ??= startShell();
    if (pid !== undefined && shell.stdin.writable) shell.stdin.write(`${sign} ${pid}\n`);
  };
  return {
    include: (child) => {
      write('+', child);
      // from then on the number may be given to another process
      child.once('exit', () => write('-', child));
    },
    end: () => void shell?.stdin.end(),
  };
}

type Shell = ReturnType<typeof startShell>;

function startShell() {
  const shell = spawn('/bin/sh', ['-c', SHELL], { stdio: ['pipe', 'ignore', 'ignore'] });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  return shell;
}
