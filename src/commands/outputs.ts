/** `--format` and `--output`: which formats go where. */
import { didYouMean } from '../nearest.js';
import { quote, UsageProblem } from '../problem.js';
import { type FormatName, formatNames, isFormatName } from '../report/formats/index.js';
import type { Command } from '../report/report.js';
import { type CommonOptions, readFormat } from './options.js';
import { checkOutputFile, isSameFile, type OutputFile } from './output-file.js';

export interface Output {
  readonly format: FormatName;
  /** `null`: standard output. */
  readonly file: OutputFile | null;
}

/**
 * One output for each format. `--output FILE` belongs to the only format, `--output FORMAT=FILE` to one of several;
 * a format without goes to standard output, as with `-`.
 * @throws UsageProblem if a format or a file cannot be, or two formats would go to one place
 */
export function readOutputs(
  command: Command,
  { format: names = ['table'], output: givens = [] }: Pick<CommonOptions, 'format' | 'output'>,
  cwd: string,
): Output[] {
  const formats = names.map((name) => readFormat(command, name));
  const twice = formats.find((name, index) => formats.indexOf(name) !== index);
  if (twice) throw new UsageProblem(`--format ${twice} is given twice: once is enough.`);
  const targets = targetsOf(givens, formats);
  const outputs = formats.map((format) => ({ format, file: fileOf(targets.get(format) ?? '-', cwd) }));
  refuseShared(outputs);
  return outputs;
}

function targetsOf(givens: readonly string[], formats: readonly FormatName[]): Map<FormatName, string> {
  const targets = new Map<FormatName, string>();
  for (const given of givens) {
    const { format, target } = readOutput(given, formats);
    const earlier = targets.get(format);
    if (earlier !== undefined) {
      throw new UsageProblem(
        `--output gives ${format} two places, ${quote(earlier)} and ${quote(target)}: give it one.`,
      );
    }
    targets.set(format, target);
  }
  return targets;
}

/** What stands before the first `=` is a format, unless it has a dot or a slash. */
const ASSIGNMENT = /^([\w-]+)=(.*)$/s;

function readOutput(given: string, formats: readonly FormatName[]): { format: FormatName; target: string } {
  const [, name, target] = ASSIGNMENT.exec(given) ?? [];
  if (name !== undefined && target !== undefined)
    return { format: readAssigned(name, given, formats), target };
  const [only, second] = formats;
  if (only !== undefined && second === undefined) return { format: only, target: given };
  throw new UsageProblem(
    `--output ${quote(given)} does not say which of ${formats.join(', ')} goes there: write --output ${only}=FILE.`,
  );
}

function readAssigned(name: string, given: string, formats: readonly FormatName[]): FormatName {
  const format = formats.find((candidate) => candidate === name);
  if (format) return format;
  if (isFormatName(name)) {
    throw new UsageProblem(`--output ${quote(given)} needs --format ${name}, which is not given.`);
  }
  throw new UsageProblem(
    `--output ${quote(given)}: there is no format ${quote(name)}.${didYouMean(name, formatNames)} For a file of that name write ${quote(`./${given}`)}.`,
  );
}

const STANDARD_OUTPUT = ['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'];

function fileOf(target: string, cwd: string): OutputFile | null {
  return STANDARD_OUTPUT.includes(target) ? null : checkOutputFile('--output', target, cwd);
}

function refuseShared(outputs: readonly Output[]): void {
  outputs.forEach((output, index) => {
    const other = outputs.slice(0, index).find(({ file }) => goesTo(file, output.file));
    if (!other) return;
    const place = output.file === null ? 'standard output' : quote(output.file.given);
    throw new UsageProblem(
      `${other.format} and ${output.format} would both go to ${place}: give one of them a file of its own, such as --output ${output.format}=FILE.`,
    );
  });
}

function goesTo(one: OutputFile | null, other: OutputFile | null): boolean {
  if (one === null || other === null) return one === other;
  return isSameFile(one.path, other.path);
}

/** The files among the outputs. */
export function filesOf(outputs: readonly Output[]): OutputFile[] {
  return outputs.flatMap(({ file }) => (file === null ? [] : [file]));
}
