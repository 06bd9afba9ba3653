import { type Command, Option } from 'commander';
import type { Host } from '../commands/host.js';

export function addRecipe(program: Command, host: Host, done: (exitCode: number) => void): void {
  program
    .command('recipe')
    .description('connection code to paste for a stack, as tested; without one, the list, and what fits here')
    .argument('[stack]', 'such as django, better-sqlite3, go-modernc or rails')
    .addOption(
      new Option('--part <part>', 'connection, or jobs: workers that claim each job once').default(
        'connection',
      ),
    )
    .option('--write <file>', 'save the code as a new file; one that exists is never overwritten')
    .addOption(new Option('--format <format>', 'table, markdown or json').default('table'))
    .option('--no-color', 'plain text')
    .action(async (stack: string | undefined, options) => {
      const { recipe } = await import('../commands/recipe.js');
      done(await recipe(stack, options, host));
    });
}
