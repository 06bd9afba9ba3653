import { Command, CommanderError, Option } from 'commander';
import { currentHost, type Host } from './commands/host.js';
import { Interrupted } from './commands/interrupt.js';
import { collect, formatList } from './commands/options.js';
import { collectIds } from './commands/selection.js';
import { ownVersion } from './commands/tool.js';
import { escapeInvisible, quote, UsageProblem } from './problem.js';
import type { Command as ReportCommand } from './report/report.js';
import { FileProblem } from './sqlite/errors.js';

/**
 * Runs one command line and returns its exit code: 0 fine, 1 findings, 2 could not look or wrong usage.
 * The only place that turns an error into text.
 */
export async function main(argv: readonly string[], host: Host = currentHost()): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(host, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explainError(error, host);
  }
}

function buildProgram(host: Host, done: (exitCode: number) => void): Command {
  const program = new Command('dblock')
    .description(
      'Says who holds which SQLite lock, why, and what to do about it, without touching the database.',
    )
    .version(ownVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      outputError: (text, write) => write(`dblock: ${usageSentence(text)}\n`),
    });
  addDoctor(program, host, done);
  addLocks(program, host, done);
  addCheckpoint(program, host, done);
  addExplain(program, host, done);
  return program;
}

function addDoctor(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('doctor')
    .description('diagnose databases: findings with evidence and remedies; changes nothing')
    .argument(
      '[db...]',
      'databases, folders or globs; else DBLOCK_DATABASE, the configuration, or the only one here',
    )
    .option('--only <ids>', 'run these checks only (comma-separated)', collectIds)
    .option('--ignore <ids>', 'leave these checks out (comma-separated)', collectIds)
    .option('--list-checks', 'list the checks and stop')
    .option('--deep', 'also check every page and every foreign key, on a private copy that is deleted after')
    .option('--evidence <file>', 'save what was seen, without command lines and user names, to a file')
    .option('--include-processes', 'keep command lines and user names in it')
    .option('--from <file>', 'diagnose saved evidence instead of a database; - is standard input')
    .option(
      '--fail-on <severity>',
      'info, warning, critical or never: from when on to exit with 1 (default: critical)',
    );
  addCommon(command, 'doctor').action(async (args: string[], options) => {
    const { doctor } = await import('./commands/doctor.js');
    done(await doctor(args, options, host));
  });
}

function addLocks(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('locks')
    .description('which process holds which SQLite lock now, and whom it blocks')
    .argument('[db...]', 'as for doctor');
  addCommon(command, 'locks').action(async (args: string[], options) => {
    const { locks } = await import('./commands/locks.js');
    done(await locks(args, options, host));
  });
}

function addCheckpoint(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('checkpoint')
    .description(
      'move the WAL into the database, and name who prevents it: 0 done, 1 incomplete, 2 could not',
    )
    .argument('[db...]', 'as for doctor; one after the other')
    .option(
      '--mode <mode>',
      'passive waits for nobody; full, restart and truncate keep writers waiting (default: passive)',
    )
    .option('--truncate', 'the same as --mode truncate: the WAL has 0 bytes afterwards')
    .option('--wait <time>', 'how long a mode may wait for the writer and for readers (default: 5s)')
    .option('--retry-until <time>', 'try again for so long, with pauses, until nothing is left')
    .option('--only-above <size>', 'leave a smaller WAL alone (exit code 0), such as 64MiB')
    .option('--no-save', 'do not keep a copy of a WAL that a crash left, before it is opened')
    .option('--force', 'in spite of a reason to refuse, or of the WAL-reset bug');
  addCommon(command, 'checkpoint').action(async (args: string[], options) => {
    const { checkpoint } = await import('./commands/checkpoint.js');
    done(await checkpoint(args, options, host));
  });
}

function addExplain(program: Command, host: Host, done: (exitCode: number) => void): void {
  program
    .command('explain')
    .description('the page of a check, an error code, an error text or a lock: what, how sure, what to do')
    .argument('[id...]', 'a name, a number, or a line of a log; without it, the list of all pages')
    .addOption(new Option('--format <format>', 'table, markdown or json').default('table'))
    .option('--no-color', 'plain text')
    .action(async (args: string[], options) => {
      const { explain } = await import('./commands/explain.js');
      done(await explain(args, options, host));
    });
}

function addCommon(command: Command, name: ReportCommand): Command {
  return command
    .option(
      '--format <format>',
      `${formatList(name)}; several at once, if given several times (default: table)`,
      collect,
    )
    .option(
      '--output <file>',
      'a file instead of standard output (-); FORMAT=FILE where there are several formats',
      collect,
    )
    .addOption(
      new Option('--interval <time>', 'between the two samples of a database in use').default('250ms'),
    )
    .option('--config <file>', 'configuration, instead of the nearest dblock.config.json')
    .option('--no-color', 'plain text')
    .option('--quiet', 'only the verdict and the findings')
    .option('--verbose', 'also list what is clear and what does not apply');
}

/** commander's message as sentences; its suggestion is on a line of its own, in parentheses. */
function usageSentence(text: string): string {
  const [message = '', suggestion] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const [, name] = /^unknown command '(.*)'$/.exec(message) ?? [];
  // somebody who has a database in mind and no command
  const isPath = suggestion === undefined && name !== undefined && /[./]/.test(name);
  const hint = isPath
    ? `To diagnose a database: dblock doctor ${quote(name)}`
    : suggestion?.replace(/^\(|\)$/g, '');
  const sentences = [
    capital(escapeInvisible(message)),
    ...(hint ? [hint] : []),
    'dblock --help shows what there is',
  ];
  return sentences.map((sentence) => (/[.?]$/.test(sentence) ? sentence : `${sentence}.`)).join(' ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const CODE_UNUSABLE = 2;

function explainError(error: unknown, host: Host): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CODE_UNUSABLE;
  if (error instanceof UsageProblem || error instanceof FileProblem) {
    host.stderr.write(`dblock: ${error.message}\n`);
    return CODE_UNUSABLE;
  }
  const detail = error instanceof Error ? error.message : String(error);
  host.stderr.write(
    `dblock: internal error: ${detail}\nThis is a defect of dblock; DBLOCK_DEBUG=1 shows where.\n`,
  );
  if (host.env['DBLOCK_DEBUG'] && error instanceof Error) host.stderr.write(`${error.stack}\n`);
  return CODE_UNUSABLE;
}
