import { readFileSync } from 'node:fs';
import type { Report } from '../report/report.js';

/** dblock's own version, as package.json has it. */
export function ownVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version }: { version: string } = JSON.parse(text);
  return version;
}

/** The `tool` part of every report. */
export function toolInfo(): Report['tool'] {
  return { name: 'dblock', version: ownVersion() };
}
