import type { Command } from 'commander';
import type { Host } from '../commands/host.js';
import { addCommon } from './common.js';

export function addCheckpoint(program: Command, host: Host, done: (exitCode: number) => void): void {
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
    .option(
      '--wait <time>',
      'how long it may wait for the writer and for readers, looking before and after included (default: 5s)',
    )
    .option('--retry-until <time>', 'try again for so long, with pauses, until nothing is left')
    .option('--only-above <size>', 'leave a smaller WAL alone (exit code 0), such as 64MiB')
    .option('--no-save', 'do not keep a copy of a WAL that a crash left, before it is opened')
    .option('--force', 'in spite of a reason to refuse, or of the WAL-reset bug');
  addCommon(command, 'checkpoint').action(async (args: string[], options) => {
    const { checkpoint } = await import('../commands/checkpoint.js');
    done(await checkpoint(args, options, host));
  });
}
