import { UsageProblem } from '../../problem.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import type { Weighed } from '../../stress/script/mix.js';
import { parseScript } from '../../stress/script/parse.js';
import { ScriptProblem } from '../../stress/script/problem.js';
import type { Script } from '../../stress/script/script.js';
import { hint, readGivenFile } from './values.js';

/** Reads and parses the scripts of a load. @throws UsageProblem with file and line */
export function readScripts({ work }: LoadSpec, cwd: string): Weighed<Script>[] {
  if (work.kind !== 'scripts') return [];
  return work.scripts.map(({ file, weight }) => {
    try {
      return { script: parseScript(file, readGivenFile('--script', file, cwd)), weight };
    } catch (error) {
      if (!(error instanceof ScriptProblem)) throw error;
      throw new UsageProblem(`${error.message}${hint(error.misnamed)}`, { cause: error });
    }
  });
}
