import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Known, known } from '../known.js';
import { ArenaFailure } from './arena.js';
import { makeArenaFolder } from './arena-folder.js';

/** Of one run: what an earlier one has left, whose server was killed, is not in its way. */
export interface SocketPlace {
  /** Of a socket that does not exist yet; others may have it with an ending. */
  readonly path: string;
  remove(): void;
}

/** sun_path of unix(7) has 108 bytes, 104 on other systems, and libuv cuts off what is longer; an ending comes after. */
const LONGEST_BYTES = 92;
const NAME = 'socket';

/**
 * In the folder of the arena, if there is one and its path is short enough; else in one of `places`, and if this process is
 * killed the next run removes it. @throws ArenaFailure
 */
export function socketPlace(arenaFolder: string | null, places: readonly string[]): SocketPlace {
  const folder = arenaFolder !== null && isShort(arenaFolder) ? within(arenaFolder) : besides(places);
  if (!folder.known) throw new ArenaFailure(`no folder can be made for a local socket (${folder.reason})`);
  const path = folder.value;
  return { path: join(path, NAME), remove: () => rmSync(path, { recursive: true, force: true }) };
}

function within(arenaFolder: string): Known<string> {
  return known(mkdtempSync(join(arenaFolder, 'run-')));
}

function besides(places: readonly string[]): Known<string> {
  return makeArenaFolder(places.filter(isShort));
}

function isShort(place: string): boolean {
  return Buffer.byteLength(join(place, 'dblock-stress-XXXXXX', NAME)) <= LONGEST_BYTES;
}
