/** Processes of containers: each pid namespace counts by itself, and what a worker writes down is its own count. */
import type { Pid } from '../units.js';
import { listPids, PROC, readOrNull } from './proc.js';

/**
 * What a process calls itself where that is not what we call it: proc(5), NSpid of /proc/pid/status, has a number for
 * each namespace from ours inwards. `null`: it is in ours, or gone, or this is not Linux.
 */
export function innerPid(pid: Pid, proc = PROC): Pid | null {
  const numbers = /^NSpid:\s*(\d+(?:\s+\d+)+)\s*$/m.exec(readOrNull(`${proc}/${pid}/status`) ?? '')?.[1];
  return numbers === undefined ? null : Number(numbers.split(/\s+/).at(-1));
}

/** Every process that lives in a pid namespace within ours. */
export function containedPids(proc = PROC): Pid[] {
  return listPids(proc).filter((pid) => innerPid(pid, proc) !== null);
}
