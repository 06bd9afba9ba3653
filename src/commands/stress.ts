import type { ExitCode } from '../report/report.js';
import { arenaWorker } from '../stress/arena-worker.js';
import { writeLastWill } from '../stress/last-will.js';
import type { Host } from './host.js';
import type { StressOptions } from './stress/options.js';

/** `dblock stress [db]`: 0 every threshold held, 1 one broke or a commit was lost, 2 nothing can be concluded. */
export async function stress(args: readonly string[], options: StressOptions, host: Host): Promise<ExitCode> {
  if (options.listScenarios) return (await import('./stress/scenario.js')).listScenarios(host);
  if (options.compare?.trim() === 'list') return (await import('./stress/compare.js')).listRemedies(host);
  const will = writeLastWill();
  const worker = arenaWorker(will);
  // it starts up while everything else is loaded, the options are read and the target is looked at
  worker.start();
  try {
    const { perform } = await import('./stress/perform.js');
    return await perform({ will, worker }, args, options, host);
  } finally {
    await worker.end();
    will.end();
  }
}
