/** Whether a process lives, and since when: for who knows its pid from elsewhere. */
import type { Milliseconds, Pid } from '../units.js';
import { bootTimeMs, TICKS_PER_SECOND } from './describe.js';
import { livingThread, PROC, readOrNull, readProcessStat } from './proc.js';

export type ProcessLife =
  | { readonly lives: false }
  /** `null`: this system does not say when it started. */
  | { readonly lives: true; readonly startedAtMs: Milliseconds | null };

/** A zombie is dead, unless a thread outlived its first one. Never throws. */
export function processLife(platform: string, pid: Pid, proc = PROC): ProcessLife {
  if (platform !== 'linux') return { lives: answersSignals(pid), startedAtMs: null };
  const stat = readProcessStat(pid, proc);
  // proc(5), hidepid: /proc may hide the processes of others
  if (!stat && proc === PROC && answersSignals(pid)) return { lives: true, startedAtMs: null };
  if (!stat || (stat.state === 'Z' && livingThread(pid, proc) === null)) return { lives: false };
  const bootMs = bootTimeMs(readOrNull(`${proc}/stat`) ?? '');
  return {
    lives: true,
    startedAtMs: bootMs === null ? null : bootMs + (stat.startTicks * 1000) / TICKS_PER_SECOND,
  };
}

/** kill(2) with signal 0: EPERM means that there is one, and it is somebody else's. */
function answersSignals(pid: Pid): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
