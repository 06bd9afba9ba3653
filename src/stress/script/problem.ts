import type { Misnamed } from '../misread.js';

/** What is wrong with a script, and in which line. The command adds the nearest name and ends the program with 2. */
export class ScriptProblem extends Error {
  override readonly name = 'ScriptProblem';

  /**
   * @param file as the user named it
   * @param line from 1; the one where the user has to look
   * @param reason a sentence or two; may quote the script
   */
  constructor(
    readonly file: string,
    readonly line: number,
    readonly reason: string,
    readonly misnamed: Misnamed | null = null,
  ) {
    super(`${file}:${line}: ${reason}`);
  }
}

/** Throws about one script; its line is given where something is wrong. */
export type Complain = (line: number, reason: string, misnamed?: Misnamed) => never;

export function complainAbout(file: string): Complain {
  return (line, reason, misnamed) => {
    throw new ScriptProblem(file, line, reason, misnamed);
  };
}
