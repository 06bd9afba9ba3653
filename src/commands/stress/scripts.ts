import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { didYouMean } from '../../nearest.js';
import { UsageProblem } from '../../problem.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import type { Misnamed } from '../../stress/misread.js';
import type { Weighed } from '../../stress/script/mix.js';
import { parseScript } from '../../stress/script/parse.js';
import { ScriptProblem } from '../../stress/script/problem.js';
import type { Script } from '../../stress/script/script.js';
import { whyUnreachable } from '../../targets/unreachable.js';

/** Reads and parses the scripts of a load. @throws UsageProblem with file and line */
export function readScripts({ work }: LoadSpec, cwd: string): Weighed<Script>[] {
  if (work.kind !== 'scripts') return [];
  return work.scripts.map(({ file, weight }) => {
    try {
      return { script: parseScript(file, readText(file, cwd)), weight };
    } catch (error) {
      if (!(error instanceof ScriptProblem)) throw error;
      throw new UsageProblem(`${error.message}${hint(error.misnamed)}`, { cause: error });
    }
  });
}

export function hint(misnamed: Misnamed | null): string {
  return misnamed === null ? '' : didYouMean(misnamed.given, misnamed.candidates);
}

function readText(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageProblem(`--script: ${whyUnreachable(path, file, error)}`, { cause: error });
  }
}
