/**
 * The child process of `--deep`: copies one database, checks the copy, answers, ends. A process of its own because
 * SQLite's checks cannot be interrupted, and because whoever has opened the database as a file must not have a
 * connection to it (sqlite-locking.md, "The close() hazard").
 */

import { type Known, known, unknown } from '../known.js';
import { lockObserver } from '../locks/platform.js';
import { isWritten } from '../locks/written.js';
import { copyPrivately } from '../sqlite/private-copy.js';
import { verifyCopy } from '../sqlite/verify.js';
import type { Milliseconds } from '../units.js';
import type { DeepRequest } from './deep.js';
import type { Deep } from './shapes.js';

process.once('message', async (request: DeepRequest) => {
  const answer = await examineCopy(request).catch((error: unknown) =>
    unknown(`the private copy could not be checked: ${error instanceof Error ? error.message : error}`),
  );
  process.send?.(answer, () => process.disconnect());
});

/** Far longer than a transaction takes, and shorter than what people take for a hang. */
const PATIENCE_MS: Milliseconds = 3000;

async function examineCopy({ path, folder, platform, trustIndex }: DeepRequest): Promise<Known<Deep>> {
  const observer = await lockObserver(platform, process.pid);
  const isWriting = () => isWritten(path, observer);
  const copy = copyPrivately(path, { folder, trustIndex, patienceMs: PATIENCE_MS, isWriting });
  if (!copy.known) return copy;
  const { integrity, foreignKeys } = await verifyCopy(copy.value.path);
  return known({ copiedBytes: copy.value.bytes, integrity, foreignKeys });
}
