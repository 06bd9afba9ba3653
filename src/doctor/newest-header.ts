import type { DatabaseHeader } from '../sqlite/shapes.js';
import { lastSample } from './questions.js';
import type { Evidence } from './shapes.js';

/** The header with the last committed changes: in WAL mode a frame of page 1 supersedes the file's. `null`: 0 bytes. */
export function newestHeader(evidence: Evidence): DatabaseHeader | null {
  const { header } = lastSample(evidence);
  if (!header) return null;
  return (evidence.walScan?.known ? evidence.walScan.value.pageOne : null) ?? header;
}
