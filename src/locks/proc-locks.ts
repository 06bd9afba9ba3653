import type { Pid } from '../units.js';
import type { ByteRange } from './byte-ranges.js';

/** One POSIX lock as the kernel prints it, in /proc/locks and after `lock:` in /proc/PID/fdinfo/N. */
export interface KernelLock extends ByteRange {
  /** Negative for the lock of another machine, which a file server holds for it (fs/locks.c, locks_translate_pid). */
  readonly pid: Pid;
  readonly mode: 'READ' | 'WRITE';
  /** `fe:00:2181350`: device of the superblock in hex, inode in decimal. */
  readonly fileKey: string;
}

// `1: POSIX  ADVISORY  WRITE 21014 fe:00:2181350 1073741824 1073741825`. A `->` after the number marks a
// process that waits in the kernel: it holds nothing, and the pattern leaves it out.
const LINE =
  /^\s*(?:lock:\s*)?\d+: POSIX\s+\S+\s+(READ|WRITE)\s+(-?\d{1,10}) ([0-9a-f]+:[0-9a-f]+:\d+) (\d+) (\d+|EOF)\s*$/;

/** Reads the POSIX locks out of either file. Lines of other kinds (FLOCK, LEASE, OFDLCK) are passed over. */
export function parseKernelLocks(text: string): KernelLock[] {
  return text.split('\n').flatMap((line) => {
    const match = LINE.exec(line);
    if (!match) return [];
    const [, mode, pid, fileKey = '', firstByte, lastByte] = match;
    return [
      {
        mode: mode === 'READ' ? 'READ' : 'WRITE',
        pid: Number(pid),
        fileKey,
        firstByte: Number(firstByte),
        lastByte: lastByteOf(lastByte),
      } as const,
    ];
  });
}

/** A lock up to 2^53 or beyond reaches as far as one to the end: a number would not hold it. */
function lastByteOf(text: string | undefined): number | null {
  return Number.isSafeInteger(Number(text)) ? Number(text) : null;
}
