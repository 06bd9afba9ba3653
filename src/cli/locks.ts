import type { Command } from 'commander';
import type { Host } from '../commands/host.js';
import { addCommon } from './common.js';

export function addLocks(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('locks')
    .description('which process holds which SQLite lock now, and whom it blocks')
    .argument('[db...]', 'as for doctor');
  addCommon(command, 'locks').action(async (args: string[], options) => {
    const { locks } = await import('../commands/locks.js');
    done(await locks(args, options, host));
  });
}
