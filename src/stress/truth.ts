import type { RunResult } from './run-shapes.js';

/** Ids of what must be true of the data and was not, in one of these runs or more; each once. */
export function untrueIn(runs: readonly RunResult[]): string[] {
  const broken = runs.flatMap(({ truth }) => truth.filter(({ state }) => state === 'broken'));
  return [...new Set(broken.map(({ id }) => id))];
}
