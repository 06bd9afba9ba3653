import type { Command } from 'commander';
import type { Host } from '../commands/host.js';
import { collect } from '../commands/options.js';
import { addCommon } from './common.js';

export function addRequeueOrphans(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('requeue-orphans')
    .description(
      'find jobs that dead workers left running, and put them back: 0 none or all done, 1 some left, 2 could not',
    )
    .argument('[db...]', 'as for doctor; one after the other')
    .option('--apply', 'change them; without it nothing is changed')
    .option('--preset <name>', 'the queue that it is, instead of what its columns say')
    .option('--table <name>', 'this table only, where there are several')
    .option('--queue <name>', 'jobs of this queue only; several times for several', collect)
    .option('--id <id>', 'this job only; several times for several', collect)
    .option('--limit <number>', 'change at most so many')
    .option('--older-than <time>', 'take what has been claimed for longer for an orphan, such as 30m or 2h')
    .option('--workers-stopped', 'take your word that no worker of this database runs, on any host')
    .option('--tz <zone>', 'what local times without a zone mean: UTC, or a name such as Europe/Berlin')
    .option('--force', 'with --older-than or --id: even if the worker lives')
    .option('--mode <mode>', 'requeue, or fail for jobs that must not run twice (default: requeue)')
    .option('--on-exhausted <what>', 'fail, requeue or skip jobs without attempts left (default: fail)')
    .option('--no-refund', 'keep the attempt counted that died')
    .option('--include-lock-failures', 'also retry jobs that failed only because the database was locked')
    .option('--wait <time>', 'how long to wait for others to give up the write lock (default: 30s)')
    .option('--journal <file>', 'where to write what undoes it (default: dblock-requeue-TIME.jsonl here)')
    .option('--undo <file>', 'put back what this journal says, where nobody has changed it since')
    .option('--recover', 'go on although opening the database applies or rolls back what a crash left')
    .option('--yes', 'apply a mapping that dblock guessed');
  addGeneric(command);
  addCommon(command, 'requeue-orphans').action(async (args: string[], options) => {
    const { requeueOrphans } = await import('../commands/requeue-orphans.js');
    done(await requeueOrphans(args, options, host));
  });
}

/** A table of one's own. */
function addGeneric(command: Command): void {
  command
    .option('--id-column <column>', 'of your own table: what a job is known by (default: its key)')
    .option('--status <column>', 'its status')
    .option('--running <value>', 'the status of a claimed job; several times for several', collect)
    .option('--queued <value>', 'the status of a waiting job')
    .option('--failed <value>', 'the status of a failed job')
    .option('--started <column>', 'when it was claimed')
    .option('--started-format <format>', 'unix-s, unix-ms, unix-us, unix-ns, ticks, julian-day or text')
    .option('--owner <column>', 'who claimed it: a pid, or text with a pid and a host')
    .option(
      '--owner-is <what>',
      'pid or text: whether a number in it is a pid (default: by the name of the column)',
    )
    .option('--heartbeat <column>', 'when its worker was last heard of')
    .option('--heartbeat-limit <time>', 'how old a heartbeat may be (default: 5min)')
    .option('--lease <column>', 'until when the claim is valid')
    .option('--attempts <column>', 'how often it was tried')
    .option(
      '--counted <when>',
      'at-claim or at-end: when an attempt is counted (default: as the running jobs show)',
    )
    .option('--max-attempts <limit>', 'how often it may be: a number, or a column')
    .option('--queue-column <column>', 'the queue it belongs to')
    .option('--keeps-open', 'its workers keep the database open while they run a job')
    .option('--also <assignment>', 'COLUMN=VALUE to set as well; several times for several', collect);
}
