/** Random choices that a seed and a number determine: each case can be made again on its own. */

/** mulberry32: 32 bits of state, good enough to choose mutations by. */
export class Random {
  #state: number;

  constructor(seed: number, number: number) {
    this.#state = scramble(scramble(seed >>> 0) ^ scramble((number + 0x9e3779b9) >>> 0));
  }

  /** 0 to 2^32 - 1. */
  u32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 to `limit` - 1; 0 for an empty range. */
  below(limit: number): number {
    return limit > 0 ? this.u32() % limit : 0;
  }

  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.u32() & 0xff));
  }

  /** Numbers at which code that counts goes wrong, as they fit into so many bytes; `now` and its neighbours too. */
  telling(width: 1 | 2 | 4, now: number): number {
    const limit = 2 ** (8 * width);
    const value = this.pick([...SMALL, ...POWERS, limit / 2, limit - 1, now - 1, now + 1, this.u32()]);
    return ((value % limit) + limit) % limit;
  }
}

const SMALL = [0, 1, 2, 3, 4, 5, 7, 64] as const;
const POWERS = [
  0x7f, 0x80, 0xff, 0x100, 0x101, 0x200, 0x1000, 0x7fff, 0x10000, 0x7fffffff, 0xfffffffe,
] as const;

/** The finaliser of MurmurHash3. */
function scramble(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
