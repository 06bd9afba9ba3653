import { Command, CommanderError, Option } from 'commander';
import { currentHost, type Host } from './commands/host.js';
import { collectIds } from './commands/selection.js';
import { ownVersion } from './commands/tool.js';
import { UsageProblem } from './problem.js';
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
      outputError: (text, write) => write(text.replace(/^error: /, 'dblock: ')),
    })
    .showHelpAfterError('dblock --help shows the commands and options.');
  addDoctor(program, host, done);
  addLocks(program, host, done);
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
    .option(
      '--fail-on <severity>',
      'info, warning, critical or never: from when on to exit with 1 (default: critical)',
    );
  addCommon(command).action(async (args: string[], options) => {
    const { doctor } = await import('./commands/doctor.js');
    done(await doctor(args, options, host));
  });
}

function addLocks(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('locks')
    .description('which process holds which SQLite lock now, and whom it blocks')
    .argument('[db...]', 'as for doctor');
  addCommon(command).action(async (args: string[], options) => {
    const { locks } = await import('./commands/locks.js');
    done(await locks(args, options, host));
  });
}

function addCommon(command: Command): Command {
  return command
    .addOption(new Option('--format <format>', 'how to print: table or json').default('table'))
    .addOption(
      new Option('--interval <time>', 'between the two samples of a database in use').default('250ms'),
    )
    .option('--config <file>', 'configuration, instead of the nearest dblock.config.json')
    .option('--no-color', 'plain text')
    .option('--quiet', 'only the verdict and the findings')
    .option('--verbose', 'also list what is clear and what does not apply');
}

const CODE_UNUSABLE = 2;

function explainError(error: unknown, host: Host): number {
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
