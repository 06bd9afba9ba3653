/** `--baseline`: an earlier result, from a file. */
import { parseJson } from '../../json-text.js';
import { quote, UsageProblem } from '../../problem.js';
import { camelKeys } from '../../report/snake-case.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { readGivenFile } from './values.js';

export interface Baseline {
  readonly load: LoadSpec;
  readonly runs: readonly RunResult[];
}

/** zod is loaded only if there is a baseline. @throws UsageProblem for what is no report of `dblock stress` */
export async function readBaseline(file: string, cwd: string): Promise<Baseline> {
  const content = camelKeys(parseJson(readGivenFile('--baseline', file, cwd), file));
  const { baselineFileShape } = await import('../../stress/result-shapes.js');
  const result = baselineFileShape.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageProblem(
    `--baseline ${quote(file)} is no result of this version of dblock stress --format json (${issue?.path.join('.')}: ${issue?.message}).`,
    { cause: result.error },
  );
}
