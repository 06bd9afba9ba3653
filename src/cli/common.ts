import { type Command, Option } from 'commander';
import { collect, formatList } from '../commands/options.js';
import type { Command as ReportCommand } from '../report/report.js';

/** What every command takes that makes a report. */
export function addCommon(command: Command, name: ReportCommand): Command {
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
