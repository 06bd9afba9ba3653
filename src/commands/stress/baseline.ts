/** `--baseline`: an earlier result, from a file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseJson } from '../../json-text.js';
import { quote, UsageProblem } from '../../problem.js';
import { camelKeys } from '../../report/snake-case.js';
import type { LoadSpec } from '../../stress/load-shapes.js';
import type { RunResult } from '../../stress/run-shapes.js';
import { whyUnreachable } from '../../targets/unreachable.js';

export interface Baseline {
  readonly load: LoadSpec;
  readonly runs: readonly RunResult[];
}

/** zod is loaded only if there is a baseline. @throws UsageProblem for what is no report of `dblock stress` */
export async function readBaseline(file: string, cwd: string): Promise<Baseline> {
  const content = camelKeys(parseJson(readText(file, cwd), file));
  const { baselineFileShape } = await import('../../stress/result-shapes.js');
  const result = baselineFileShape.safeParse(content);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new UsageProblem(
    `--baseline ${quote(file)} is no result of this version of dblock stress --format json (${issue?.path.join('.')}: ${issue?.message}).`,
    { cause: result.error },
  );
}

function readText(file: string, cwd: string): string {
  const path = resolve(cwd, file);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageProblem(`--baseline: ${whyUnreachable(path, file, error)}`, { cause: error });
  }
}
