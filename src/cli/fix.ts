import type { Command } from 'commander';
import type { Host } from '../commands/host.js';
import { addCommon } from './common.js';

export function addFix(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('fix')
    .description(
      'repair what doctor finds: shows a plan, applies it when told to, and diagnoses again: 0 cleared, 1 not, 2 could not',
    )
    .argument('[db]', 'one database, as for doctor')
    .option('--apply [ids...]', 'apply all safe repairs, or these; those that are not safe only by id')
    .option('--wait <time>', 'how long each repair may wait for other processes (default: 5s)')
    .option('--estimate', 'measure time and size of each repair on a private copy that is deleted after')
    .option('--backup-to <folder>', 'where the backup goes, instead of beside the database')
    .option('--no-backup', 'do not back up before; the report says so');
  addCommon(command, 'fix').action(async (database: string | undefined, options) => {
    const { fix } = await import('../commands/fix.js');
    done(await fix(database === undefined ? [] : [database], options, host));
  });
}
