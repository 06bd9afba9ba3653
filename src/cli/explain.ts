import { type Command, Option } from 'commander';
import type { Host } from '../commands/host.js';

export function addExplain(program: Command, host: Host, done: (exitCode: number) => void): void {
  program
    .command('explain')
    .description('the page of a check, an error, a lock or a scenario: what, how sure, what to do')
    .argument('[id...]', 'a name, a number, or a line of a log; without it, the list of all pages')
    .addOption(new Option('--format <format>', 'table, markdown or json').default('table'))
    .option('--no-color', 'plain text')
    .action(async (args: string[], options) => {
      const { explain } = await import('../commands/explain.js');
      done(await explain(args, options, host));
    });
}
