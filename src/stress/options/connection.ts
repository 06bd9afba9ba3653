/** `--connection`: persistent, per-operation, shared, pool:4. */
import type { ConnectionMode } from '../load-shapes.js';
import { type Misread, misread } from '../misread.js';

const KINDS = [
  'persistent',
  'per-operation',
  'shared',
  'pool',
] as const satisfies readonly ConnectionMode['kind'][];
/** Each is a connection with a cache of its own, and there are as many pools as actors. */
const LARGEST_POOL = 64;

export function parseConnection(text: string): ConnectionMode | Misread {
  const [, name = text, digits] = /^([a-z-]+)(?::(\d+))?$/i.exec(text.trim()) ?? [];
  const kind = KINDS.find((candidate) => candidate === name.toLowerCase());
  if (kind === undefined) {
    return misread('A connection is persistent, per-operation, shared or pool:4.', {
      given: name,
      candidates: KINDS,
    });
  }
  if (kind === 'pool') {
    const size = Number(digits ?? 0);
    if (size >= 1 && size <= LARGEST_POOL) return { kind, size };
    return misread(`A pool has from 1 to ${LARGEST_POOL} connections, such as pool:4.`);
  }
  return digits === undefined ? { kind } : misread(`${kind} takes no number.`);
}
