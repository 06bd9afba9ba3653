import { type Known, unknown } from '../known.js';
import { FileProblem } from './errors.js';

/** Bytes contradict the file format. Never leaves this folder: callers see an unknown with the message as its reason. */
export class Corrupt extends Error {
  override readonly name = 'Corrupt';
}

/** Turns what reading files may throw into an unknown. */
export function unknownOnProblem<T>(read: () => Known<T>): Known<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof FileProblem || error instanceof Corrupt) return unknown(error.message);
    throw error;
  }
}
