/**
 * Seeded random numbers: the same seed and stream give the same load, on every machine.
 * xoshiro128** (Blackman and Vigna, prng.di.unimi.it), the family that pgbench draws from too.
 */
export interface Random {
  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number;
  /** 32 uniform bits, as a number from 0. */
  bits32(): number;
}

/**
 * @param seed any safe integer; what the run was started with
 * @param stream one for each actor, so that two with the same seed do not do the same
 */
export function createRandom(seed: number, stream = 0): Random {
  let [a, b, c, d] = stateOf(seed, stream);
  const bits32 = () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
  const uniform = () => ((bits32() >>> 5) * 2 ** 26 + (bits32() >>> 6)) / 2 ** 53;
  return { uniform, bits32 };
}

/** Four words that are not all zero. Both halves of the seed and the stream go into each of them. */
function stateOf(seed: number, stream: number): [number, number, number, number] {
  const mix = splitMix(seed >>> 0, splitMix(Math.floor(seed / 2 ** 32) >>> 0, splitMix(stream >>> 0, 0)));
  return [splitMix(1, mix), splitMix(2, mix), splitMix(3, mix), splitMix(4, mix) | 1];
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
function splitMix(word: number, key: number): number {
  let mixed = (word + Math.imul(key, 0x9e3779b1) + 0x9e3779b9) | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) | 0;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
