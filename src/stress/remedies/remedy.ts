import type { Played } from '../played.js';
import type { LoadSpec } from '../shapes.js';

export type Change =
  | { readonly kind: 'changed'; readonly played: Played }
  /** Why it changes nothing of this load: the end of a sentence that begins with its name. */
  | { readonly kind: 'inapplicable'; readonly reason: string };

/** A cure that somebody proposed: what the application does differently, so that it can be measured. */
export interface Remedy {
  readonly id: string;
  /** What it changes. */
  readonly title: string;
  /** `batch(25)`: a whole number. */
  readonly parameter: {
    readonly name: string;
    readonly usual: number;
    readonly least: number;
    readonly most: number;
  } | null;
  /** What its authors expected of it, and who they are (the incidents of the README). */
  readonly expected: string | null;
  /** @param number the parameter, or its usual value */
  change(played: Played, number: number): Change;
}

export function changed(played: Played): Change {
  return { kind: 'changed', played };
}

/** The rest as it is with another load. */
export function withLoad(played: Played, changes: Partial<LoadSpec>): Change {
  return changed({ ...played, load: { ...played.load, ...changes } });
}

export function inapplicable(reason: string): Change {
  return { kind: 'inapplicable', reason };
}
