import { Command, CommanderError } from 'commander';
import { addCheckpoint } from './cli/checkpoint.js';
import { addDoctor } from './cli/doctor.js';
import { addExplain } from './cli/explain.js';
import { addFix } from './cli/fix.js';
import { addLocks } from './cli/locks.js';
import { addRecipe } from './cli/recipe.js';
import { addRequeueOrphans } from './cli/requeue-orphans.js';
import { addStress } from './cli/stress.js';
import { currentHost, type Host } from './commands/host.js';
import { Interrupted } from './commands/interrupt.js';
import { ownVersion } from './commands/tool.js';
import { escapeInvisible, quote, UsageProblem } from './problem.js';
import { FileProblem } from './sqlite/errors.js';

/**
 * Runs one command line and returns its exit code: 0 fine, 1 findings, 2 could not look or wrong usage.
 * The only place that turns an error into text.
 */
export async function main(argv: readonly string[], host: Host = currentHost()): Promise<number> {
  let exitCode = 0;
  const program = buildProgram(argv[0] ?? '', host, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explainError(error, host);
  }
}

function buildProgram(name: string, host: Host, done: (exitCode: number) => void): Command {
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
  const asked = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  for (const add of asked ? [asked] : Object.values(COMMANDS)) add(program, host, done);
  return program;
}

/** In the order of the help. One that is asked for by name is set up alone: options take time. */
const COMMANDS: Readonly<Record<string, typeof addDoctor>> = {
  doctor: addDoctor,
  locks: addLocks,
  checkpoint: addCheckpoint,
  fix: addFix,
  'requeue-orphans': addRequeueOrphans,
  stress: addStress,
  recipe: addRecipe,
  explain: addExplain,
};

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
