/** A file system that can be full. Needs root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';

/** @param size as mount has it: `1m` */
export function mountSmall(path: string, size: string) {
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'dblock-test', path]);
  return {
    path,
    /** Leaves nothing free. */
    fill: () => {
      const { bavail, bsize } = statfsSync(path);
      try {
        writeFileSync(`${path}/filler`, Buffer.alloc(bavail * bsize + bsize));
      } catch {
        // as much as there was room for
      }
    },
    drain: () => rmSync(`${path}/filler`),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['-l', path]);
    },
  };
}
