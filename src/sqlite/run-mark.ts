/**
 * The mark of a running repair, beside the database: one run at a time, and a killed one is recognised. A symbolic link
 * that leads nowhere, since it is made with its content in one step, and is never half there.
 */
import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import type { Pid } from '../units.js';

export interface RunMark {
  readonly pid: Pid;
  /** When the process started, in clock ticks since the machine did; tells it from a later one with its pid. */
  readonly startTicks: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** It leaves WAL mode for a while, and means to return. */
  readonly returnsToWal: boolean;
}

export function markPath(database: string): string {
  return `${database}.dblock-fix`;
}

/** `false`: there is a mark already. Throws what the file system says if it cannot be made. */
export function makeMark(database: string, { pid, startTicks, startedAt, returnsToWal }: RunMark): boolean {
  try {
    symlinkSync(
      `pid=${pid},ticks=${startTicks},at=${startedAt},wal=${returnsToWal ? 1 : 0}`,
      markPath(database),
    );
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** `null`: there is none. */
export function readMark(database: string): RunMark | null {
  const text = readLink(markPath(database));
  if (text === null) return null;
  const [, pid, ticks, startedAt = '', wal] =
    /^pid=(\d+),ticks=(\d+),at=([^,]*),wal=([01])$/.exec(text) ?? [];
  return {
    ...{ pid: Number(pid ?? 0), startTicks: Number(ticks ?? 0), startedAt },
    returnsToWal: wal === '1',
  };
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

export function removeMark(database: string): void {
  rmSync(markPath(database), { force: true });
}
