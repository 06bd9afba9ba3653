/**
 * Databases as frameworks leave them, and while they have them open: healthy ones, so that no warning is true of
 * them, but for one: most installed versions of SQLite have the WAL-reset bug.
 */
import { describe, expect, it } from 'vitest';
import { hasWalResetBug } from '../../src/sqlite/versions.js';
import { diagnose } from '../support/diagnosis.js';
import { type Need, pythonWith, skipReason, titled } from '../support/programs.js';
import { type Command, fixtureScript, RealProgram } from '../support/real-program.js';
import { expectUnchanged, snapshotFolder } from '../support/snapshot.js';
import { openStage } from '../support/stage.js';

interface Case {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly journalMode: 'wal' | 'rollback';
  /** That it keeps open. */
  readonly connections: number;
  command(database: string): Command;
}

const cases: readonly Case[] = [
  {
    name: 'Django in rollback mode, its default',
    needs: ['linux', 'django'],
    journalMode: 'rollback',
    connections: 2,
    command: (database) => python(['django'], 'django_app.py', database, 'rollback'),
  },
  {
    name: 'Django in WAL mode',
    needs: ['linux', 'django'],
    journalMode: 'wal',
    connections: 2,
    command: (database) => python(['django'], 'django_app.py', database, 'wal'),
  },
  {
    name: 'Peewee with the pragmas of its documentation',
    needs: ['linux', 'peewee'],
    journalMode: 'wal',
    connections: 3,
    command: (database) => python(['peewee'], 'peewee_app.py', database),
  },
  {
    name: 'SQLAlchemy in rollback mode',
    needs: ['linux', 'sqlalchemy'],
    journalMode: 'rollback',
    connections: 3,
    command: (database) => python(['sqlalchemy'], 'sqlalchemy_app.py', database, 'delete'),
  },
  {
    name: 'SQLAlchemy in WAL mode',
    needs: ['linux', 'sqlalchemy'],
    journalMode: 'wal',
    connections: 3,
    command: (database) => python(['sqlalchemy'], 'sqlalchemy_app.py', database, 'wal'),
  },
  {
    name: 'Laravel’s connector with its defaults',
    needs: ['linux', 'php-sqlite3'],
    journalMode: 'rollback',
    connections: 1,
    command: (database) => ({ program: 'php', args: [fixtureScript('laravel.php'), database] }),
  },
  {
    name: 'Laravel’s connector with a busy timeout and WAL mode',
    needs: ['linux', 'php-sqlite3'],
    journalMode: 'wal',
    connections: 1,
    command: (database) => ({
      program: 'php',
      args: [fixtureScript('laravel.php'), database, '5000', 'wal', 'normal'],
    }),
  },
  {
    name: 'the SQLite3 class of PHP',
    needs: ['linux', 'php-sqlite3'],
    journalMode: 'wal',
    connections: 2,
    command: (database) => ({ program: 'php', args: [fixtureScript('sqlite3_class.php'), database] }),
  },
  {
    name: 'Active Record as before Rails 7.1',
    needs: ['linux', 'activerecord'],
    journalMode: 'rollback',
    connections: 2,
    command: (database) => ({
      program: 'ruby',
      args: [fixtureScript('active_record.rb'), database, 'rollback'],
    }),
  },
  {
    name: 'Active Record with the pragmas of Rails 7.1',
    needs: ['linux', 'activerecord'],
    journalMode: 'wal',
    connections: 2,
    command: (database) => ({ program: 'ruby', args: [fixtureScript('active_record.rb'), database, 'wal'] }),
  },
];

function python(modules: readonly string[], script: string, ...args: readonly string[]): Command {
  const program = pythonWith(...modules);
  if (program === null) throw new Error('skip this test by skipReason()');
  return { program, args: [fixtureScript(script), ...args] };
}

function expectedWarnings({ journalMode, connections }: Case, sqliteVersion: string): string[] {
  const canMeetBug = journalMode === 'wal' && connections >= 2;
  return canMeetBug && hasWalResetBug(sqliteVersion) ? ['warning: wal-reset-bug'] : [];
}

const isAlarm = (finding: string) => !finding.startsWith('info:');

describe('a healthy database of', () => {
  for (const subject of cases) {
    it.skipIf(skipReason(subject.needs))(titled(subject.name, subject.needs), async () => {
      await using stage = await openStage();
      const database = stage.path('app.db');
      await using program = new RealProgram(subject.command(database));
      const sqliteVersion = await program.line();

      const before = await snapshotFolder(stage.folder);
      const live = await diagnose(database);
      expectUnchanged(before, await snapshotFolder(stage.folder));
      const expected = expectedWarnings(subject, sqliteVersion);
      expect(live.findings.filter(isAlarm)).toEqual(expected);
      expect(live).toMatchObject({ crashed: [], status: expected.length > 0 ? 1 : 0 });
      expect(live.processes).toEqual([
        { pid: program.pid, command: expect.arrayContaining([database]), sqliteVersions: [sqliteVersion] },
      ]);

      await program.end();
      const after = await snapshotFolder(stage.folder);
      const closed = await diagnose(database);
      expectUnchanged(after, await snapshotFolder(stage.folder));
      expect(closed.findings.filter(isAlarm)).toEqual([]);
      expect(closed).toMatchObject({ crashed: [], status: 0, verdict: 'ok', processes: [] });
    });
  }
});
