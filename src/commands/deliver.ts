import type { Check } from '../doctor/check.js';
import { UsageProblem } from '../problem.js';
import { showsSqliteVersion } from '../report/formats/index.js';
import { render } from '../report/render.js';
import type { Command, Reports } from '../report/report.js';
import { terminalOf } from '../report/terminal.js';
import { ownSqliteVersion } from '../sqlite/library.js';
import type { Host } from './host.js';
import type { CommonOptions, Detail } from './options.js';
import { type OutputFile, writeOutputFile } from './output-file.js';
import type { Output } from './outputs.js';

interface Delivery {
  readonly outputs: readonly Output[];
  readonly checks: readonly Check[];
  readonly detail: Detail;
  readonly options: CommonOptions;
}

/**
 * Prints the report in every format. A file that cannot be written keeps no other output back.
 * @throws UsageProblem about the files that could not be written
 */
export async function deliver<C extends Command>(
  report: Reports[C] & { readonly command: C },
  { outputs, checks, detail, options }: Delivery,
  host: Host,
): Promise<void> {
  const sqliteVersion = outputs.some(({ format }) => showsSqliteVersion(format))
    ? await ownSqliteVersion()
    : null;
  const printed = outputs.map(async ({ format, file }) => {
    const terminal = terminalOf(file === null ? host.stdout : {}, host.env, options);
    return {
      file,
      text: await render<C>(report, format, { terminal, checks, cwd: host.cwd, sqliteVersion, detail }),
    };
  });
  const problems = (await Promise.all(printed)).flatMap(({ file, text }) => tryWriting(file, text, host));
  if (problems.length > 0) throw new UsageProblem(problems.join(' '));
}

function tryWriting(file: OutputFile | null, text: string, host: Host): string[] {
  if (file === null) {
    host.stdout.write(text);
    return [];
  }
  try {
    writeOutputFile(file, text);
    return [];
  } catch (error) {
    if (error instanceof UsageProblem) return [error.message];
    throw error;
  }
}
