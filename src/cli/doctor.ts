import type { Command } from 'commander';
import type { Host } from '../commands/host.js';
import { collectIds } from '../commands/selection.js';
import { addCommon } from './common.js';

export function addDoctor(program: Command, host: Host, done: (exitCode: number) => void): void {
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
    const { doctor } = await import('../commands/doctor.js');
    done(await doctor(args, options, host));
  });
}
