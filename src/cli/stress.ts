import type { Command } from 'commander';
import type { Host } from '../commands/host.js';
import { collect } from '../commands/options.js';
import { addCommon } from './common.js';

export function addStress(program: Command, host: Host, done: (exitCode: number) => void): void {
  const command = program
    .command('stress')
    .description(
      'replay the load of several writers on a private copy: waits, lock errors, what holds: 0 it does, 1 not, 2 could not',
    )
    .argument('[db]', 'as for doctor; without any, a scratch database')
    .option('--in-place', "on the database itself, in a table of dblock's own that is dropped after")
    .option('--yes', 'with --in-place: although other processes have the database open')
    .option('--keep', 'keep the copy or the scratch database, and say where it is')
    .option('--writers <number>', 'processes that write (default: 4, or "workers" of the configuration)')
    .option('--readers <number>', 'processes that read, a millisecond apart (default: 0)')
    .option('--checkpointers <number>', 'processes that run TRUNCATE checkpoints, 100 ms apart (default: 0)')
    .option('--duration <time>', 'how long transactions begin (default: 10s)')
    .option('--transactions <number>', 'end after so many of each writer instead')
    .option(
      '--workload <name>',
      "insert, update, read-modify-write, claim or batch, in a table of dblock's own (default: insert)",
    )
    .option(
      '--table <name>',
      'set rows of this table to what they are instead: its triggers and indexes run; with --workload claim or --scenario claim-race, play the jobs of this queue',
    )
    .option('--own-tables', "play jobs in a table of dblock's own, although the database has a queue")
    .option(
      '--script <file>',
      "SQL in pgbench's form instead, FILE@WEIGHT; several if given several times",
      collect,
    )
    .option('--begin <mode>', 'deferred, immediate, exclusive or autocommit (default: deferred)')
    .option('--busy-timeout <time>', 'of every connection; 0 is none (default: 5s)')
    .option('--hold <time>', 'work inside each transaction, after its first write (default: 0)')
    .option('--batch <number>', 'rows that a transaction writes (default: 1; workload batch: 25)')
    .option(
      '--connection <mode>',
      'persistent, per-operation or pool:N for each process, or shared: one session of all (default: persistent)',
    )
    .option(
      '--journal-mode <mode>',
      'of the copy: wal, delete, truncate, persist, memory or off (default: as it is)',
    )
    .option('--synchronous <mode>', 'off, normal, full or extra (default: full, as SQLite has it)')
    .option('--autocheckpoint <pages>', 'PRAGMA wal_autocheckpoint; 0 is off (default: 1000)')
    .option('--cache <size>', 'PRAGMA cache_size: pages, -KiB, or a size such as 64MiB')
    .option('--mmap <size>', 'PRAGMA mmap_size, such as 256MiB')
    .option(
      '--retry <policy>',
      'none, immediate or backoff(base=50ms,cap=2s,jitter=50ms,tries=10) (default: none)',
    )
    .option('--writer-queue', 'all writes through one process')
    .option('--isolation <kind>', 'process, or thread: all in one process (default: process)')
    .option(
      '--rate <rate>',
      'an open loop: transactions of all writers, such as 200/s, whether or not the last has ended',
    )
    .option('--think <time>', 'a closed loop: pause after each transaction (default: 0)')
    .option('--ramp <time>', 'until the last writer has started (default: 0)')
    .option('--seed <number>', 'of everything that is left to chance (default: 1)')
    .option(
      '--threshold <expression...>',
      "such as 'wait.p99<100ms'; repeatable (default: failure_rate<1%, wait.avg<100ms, wait.max<5s)",
    )
    .option('--runs <number>', 'so many runs, with their spread (default: 1)')
    .option('--baseline <file>', 'compare with an earlier --format json')
    .option('--scenario <id>', 'replay an incident instead, with the results that are expected of it')
    .option('--cured', 'with --scenario: as it is once cured')
    .option('--list-scenarios', 'list the scenarios and stop')
    .option(
      '--find-limit [what]',
      'raise writers, rate and hold, each alone, until thresholds break: one or more of writers, rate, hold, or the most writers (default: all, 64); with --compare, also as cured',
    );
  command.option(
    '--compare <remedies>',
    "play remedies in turn with the load as found, --runs times (default: 3): all, begin-immediate,batch(50), or 'a+b' together; list names them",
  );
  addCommon(command, 'stress').action(async (db: string | undefined, options) => {
    const { stress } = await import('../commands/stress.js');
    done(await stress(db === undefined ? [] : [db], options, host));
  });
}
