/**
 * Jain's fairness index: (Σx)² ÷ (n Σx²). 1: all alike; 1/n: one has everything. (Jain, Chiu and Hawe, "A Quantitative
 * Measure of Fairness and Discrimination", DEC-TR-301, 1984.) Of nobody, or of nothing, it is 1.
 */
export function jain(shares: readonly number[]): number {
  const sum = shares.reduce((total, share) => total + share, 0);
  const squares = shares.reduce((total, share) => total + share ** 2, 0);
  // Rounding can lift it above 1.
  return squares === 0 ? 1 : Math.min(1, sum ** 2 / (shares.length * squares));
}
