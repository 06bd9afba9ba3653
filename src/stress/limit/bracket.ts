/** Between which values a limit lies. Pure. */

export interface Bracket {
  /** The greatest value below the first that broke. `null`: none held. */
  readonly lastHeld: number | null;
  /** The least value that broke. `null`: none did. */
  readonly firstBroken: number | null;
}

export function bracketOf<T extends { readonly value: number }>(
  points: readonly T[],
  holds: (point: T) => boolean,
): Bracket {
  const broken = points.filter((point) => !holds(point)).map(({ value }) => value);
  const firstBroken = broken.length === 0 ? null : Math.min(...broken);
  const held = points
    .filter((point) => holds(point) && (firstBroken === null || point.value < firstBroken))
    .map(({ value }) => value);
  return { lastHeld: held.length === 0 ? null : Math.max(...held), firstBroken };
}
