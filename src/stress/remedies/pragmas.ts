import type { Pragmas } from '../load-shapes.js';
import type { Played } from '../played.js';
import { type Change, connecting, withActors } from './remedy.js';

/** PRAGMAs of every connection. @param otherwise why it is inapplicable if all have them */
export function withPragmas(played: Played, pragmas: Partial<Pragmas>, otherwise: string): Change {
  const change = connecting((connection) => ({ pragmas: { ...connection.pragmas, ...pragmas } }));
  return withActors(played, change, otherwise, { pragmas: { ...played.load.pragmas, ...pragmas } });
}
