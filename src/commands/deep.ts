import { tmpdir } from 'node:os';
import type { DeepOptions } from '../doctor/deep.js';
import { showPath } from '../sqlite/errors.js';
import { type Bytes, formatBytes } from '../units.js';
import type { Host } from './host.js';
import { untilInterrupted } from './interrupt.js';
import type { Detail } from './options.js';

/** From about here on a copy and its check take more than a second: 256 MiB. */
const WORTH_A_NOTE_BYTES: Bytes = 256 * 2 ** 20;

/** Runs `work`, with what `--deep` needs if it was asked for: then a signal cleans up before it ends us. */
export function withDeep<T>(
  isDeep: boolean,
  detail: Detail,
  host: Host,
  work: (deep: DeepOptions | null) => Promise<T>,
): Promise<T> {
  if (!isDeep) return work(null);
  const announce = (path: string, bytes: Bytes) => {
    if (detail === 'quiet' || bytes < WORTH_A_NOTE_BYTES) return;
    host.stderr.write(`dblock: checking a private copy of ${showPath(path)} (${formatBytes(bytes)})\n`);
  };
  // /var/tmp: where /tmp is in memory, and for a database that lies in /tmp itself
  const temporaryFolders = [tmpdir(), '/var/tmp'];
  return untilInterrupted((signal) => work({ temporaryFolders, announce, signal }));
}
