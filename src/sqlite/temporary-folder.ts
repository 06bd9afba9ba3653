/** Where a private copy goes: never beside the database, whose folder must stay as it is. */
import { chmodSync, mkdtempSync, realpathSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type Known, known, unknown } from '../known.js';
import { type Bytes, formatBytes } from '../units.js';

/** Left free for others, so that a copy never fills a disk: 64 MiB. */
const HEADROOM_BYTES: Bytes = 64 * 2 ** 20;
/** On tmpfs a copy takes memory, as the image of design.md does: the same limit, 256 MiB. */
const MOST_BYTES_IN_MEMORY: Bytes = 256 * 2 ** 20;
/** linux/magic.h */
const TMPFS_MAGIC = 0x01021994;

/**
 * Makes a folder that nobody else may enter (mode 0700) in the first of `places` that is not `databaseFolder` and has
 * room for `bytes`; in the first at all if none has, since blocks can perhaps be shared.
 */
export function makePrivateFolder(
  places: readonly string[],
  databaseFolder: string,
  bytes: Bytes,
): Known<string> {
  const possible = [...new Set(places.flatMap(realPathOf))].filter((place) => place !== databaseFolder);
  const best = possible.find((place) => roomFor(bytes, place).known) ?? possible[0];
  if (best === undefined) {
    return unknown('the only temporary folder is the folder of the database; TMPDIR names another');
  }
  try {
    const folder = mkdtempSync(join(best, 'dblock-'));
    chmodSync(folder, 0o700);
    return known(folder);
  } catch (error) {
    return unknown(`no temporary folder could be made: ${error instanceof Error ? error.message : error}`);
  }
}

function realPathOf(place: string): string[] {
  try {
    return [realpathSync(place)];
  } catch {
    return [];
  }
}

/** The bytes that may be written there, or why they may not. */
export function roomFor(bytes: Bytes, folder: string): Known<Bytes> {
  const { type, bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (type === TMPFS_MAGIC && bytes > MOST_BYTES_IN_MEMORY) {
    return unknown(
      `the temporary folder is in memory, too little for a copy of ${formatBytes(bytes)}; TMPDIR names another`,
    );
  }
  if (free < bytes + HEADROOM_BYTES) {
    return unknown(
      `a private copy takes ${formatBytes(bytes)}, and the temporary folder has ${formatBytes(free)} free; TMPDIR names another`,
    );
  }
  return known(free);
}
