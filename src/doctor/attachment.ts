import type { Pid } from '../units.js';
import { attachedPids } from './questions.js';
import type { Evidence } from './shapes.js';

/** Processes that any sample saw attached, each once. */
export function everAttachedPids(evidence: Evidence): Pid[] {
  return [...new Set(evidence.samples.flatMap(attachedPids))];
}

/** The most processes that one sample saw attached: those of different moments may be one after the other. */
export function mostAttachedAtOnce(evidence: Evidence): number {
  return Math.max(...evidence.samples.map((sample) => attachedPids(sample).length));
}
