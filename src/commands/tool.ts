import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../report/report.js';

/** dblock's own version, as package.json has it. */
export function ownVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}

/** The `tool` part of every report. */
export function toolInfo(): Report['tool'] {
  return { name: 'dblock', version: ownVersion() };
}
