import { quote } from './problem.js';

/** How much of a name may be wrong for a suggestion to be a help: two letters in five. */
const WRONG_SHARE = 0.4;

/** The candidate that was probably meant, or `null` if none is near. The first of equally near ones. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const limit = Math.floor(name.length * WRONG_SHARE);
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = nameDistance(name, candidate, limit);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "app.db"?`, to follow a sentence; empty if nothing is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const candidate = nearest(name, candidates);
  return candidate === null ? '' : ` Did you mean ${quote(candidate)}?`;
}

/** A name that was only begun (`app` for `app.db`) is as far as a name may be. */
function nameDistance(name: string, candidate: string, limit: number): number {
  const [from, to] = [name.toLowerCase(), candidate.toLowerCase()];
  const begun = from.length >= 3 && to.startsWith(from) ? limit : Number.POSITIVE_INFINITY;
  if (Math.abs(from.length - to.length) > limit) return begun;
  return Math.min(begun, editDistance(from, to));
}

/**
 * Damerau-Levenshtein distance, each letter touched at most once: insertions, deletions, replacements and
 * swaps of neighbours that turn one text into the other.
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      let cost = Math.min(at(last, column) + 1, at(current, column - 1) + 1, replaced);
      if (swapped(from, row, to, column)) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function swapped(from: string, row: number, to: string, column: number): boolean {
  if (row < 2 || column < 2) return false;
  return from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
}

/** A cell that does not exist costs more than any that does. */
function at(costs: readonly number[], column: number): number {
  return costs[column] ?? Number.POSITIVE_INFINITY;
}
