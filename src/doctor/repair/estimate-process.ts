/**
 * The child process of `fix --estimate`: copies the database, measures on the copy, answers, ends. Only the copy is ever
 * opened through SQLite here; see deep-process.ts.
 */
import { type Known, known, unknown } from '../../known.js';
import { lockObserver } from '../../locks/platform.js';
import { isWritten } from '../../locks/written.js';
import { measureOnCopy } from '../../sqlite/estimate.js';
import { copyPrivately } from '../../sqlite/private-copy.js';
import type { EstimateRequest } from './estimate.js';
import type { Estimate } from './shapes.js';

process.once('message', async (request: EstimateRequest) => {
  const answer = await measure(request).catch((error: unknown) =>
    unknown(`it could not be measured: ${error instanceof Error ? error.message : error}`),
  );
  process.send?.(answer, () => process.disconnect());
});

const PATIENCE_MS = 3000;

async function measure({
  path,
  folder,
  platform,
  trustIndex,
  statements,
}: EstimateRequest): Promise<Known<Estimate>> {
  const observer = await lockObserver(platform, process.pid);
  const isWriting = () => isWritten(path, observer);
  const copy = copyPrivately(path, { folder, trustIndex, patienceMs: PATIENCE_MS, isWriting });
  return copy.known ? known(await measureOnCopy(copy.value.path, statements)) : copy;
}
