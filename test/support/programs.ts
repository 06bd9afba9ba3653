/** What a test may need from the machine, and what to say where it is missing. */
import { execFileSync } from 'node:child_process';

export type Need =
  | 'linux'
  | 'root'
  | 'python3'
  | 'sqlite3'
  | 'strace'
  | 'setpriv'
  | 'lsof'
  | 'chromium'
  | RealSoftware;

/** Software that makes databases of its own, with the packages of Debian that bring it. */
export type RealSoftware =
  | 'django'
  | 'celery'
  | 'peewee'
  | 'sqlalchemy'
  | 'aiosqlite'
  | 'php-sqlite3'
  | 'activerecord'
  | 'fossil'
  | 'laravel-queue'
  | 'symfony-messenger'
  | 'delayed-job'
  | 'persist-queue';

const HOW_TO_GET: Readonly<Record<Need, string>> = {
  linux: 'needs Linux: kernel locks are read from /proc',
  root: 'needs root, to give files to another user: run the tests as root',
  python3: 'needs python3 (3.11 or newer) with its sqlite3 module: apt-get install python3',
  sqlite3: 'needs the sqlite3 shell: apt-get install sqlite3',
  strace: 'needs strace: apt-get install strace',
  setpriv: 'needs setpriv and the right to drop a capability: apt-get install util-linux',
  lsof: 'needs lsof: apt-get install lsof',
  chromium: 'needs Chromium: apt-get install chromium',
  django: 'needs Django: apt-get install python3-django',
  celery: 'needs Celery: apt-get install python3-celery python3-sqlalchemy',
  peewee: 'needs Peewee: apt-get install python3-peewee',
  sqlalchemy: 'needs SQLAlchemy: apt-get install python3-sqlalchemy',
  aiosqlite:
    'needs SQLAlchemy and aiosqlite: apt-get install python3-sqlalchemy python3-aiosqlite python3-greenlet',
  'php-sqlite3': 'needs PHP with SQLite: apt-get install php-cli php-sqlite3',
  activerecord: 'needs Active Record: apt-get install ruby-activerecord ruby-sqlite3',
  fossil: 'needs Fossil: apt-get install fossil',
  'laravel-queue':
    'needs Laravel’s queue: apt-get install php-sqlite3 php-illuminate-queue php-illuminate-database php-illuminate-events',
  'symfony-messenger':
    'needs Symfony Messenger: apt-get install php-sqlite3 php-symfony-messenger php-symfony-doctrine-messenger php-doctrine-dbal php-symfony-event-dispatcher',
  'delayed-job': 'needs Delayed::Job: apt-get install ruby-delayed-job-active-record ruby-sqlite3',
  'persist-queue': 'needs persist-queue: apt-get install python3-persist-queue',
};

const IS_THERE: Readonly<Record<Need, () => boolean>> = {
  linux: () => process.platform === 'linux',
  root: () => process.getuid?.() === 0,
  python3: () => pythonPath() !== null,
  sqlite3: once(() => answers('sqlite3', '--version')),
  strace: once(() => answers('strace', '--version')),
  setpriv: once(() => answers('setpriv', '--bounding-set=-sys_ptrace', 'true')),
  lsof: once(() => answers('lsof', '-v')),
  chromium: once(() => answers('chromium', '--version')),
  django: once(() => pythonWith('django') !== null),
  celery: once(() => pythonWith('celery', 'kombu', 'sqlalchemy') !== null),
  peewee: once(() => pythonWith('peewee') !== null),
  sqlalchemy: once(() => pythonWith('sqlalchemy') !== null),
  aiosqlite: once(() => pythonWith('sqlalchemy.ext.asyncio', 'aiosqlite', 'greenlet') !== null),
  'php-sqlite3': once(() =>
    answers('php', '-r', 'exit(class_exists("SQLite3") && class_exists("PDO") ? 0 : 1);'),
  ),
  activerecord: once(() => answers('ruby', '-e', 'require "active_record"; require "sqlite3"')),
  fossil: once(() => answers('fossil', 'version')),
  'laravel-queue': once(() => phpLoads('Illuminate/Queue', 'Illuminate/Database', 'Illuminate/Events')),
  'symfony-messenger': once(() =>
    phpLoads('Symfony/Component/Messenger', 'Symfony/Component/Messenger/Bridge/Doctrine', 'Doctrine/DBAL'),
  ),
  'delayed-job': once(() => answers('ruby', '-e', 'require "delayed_job_active_record"; require "sqlite3"')),
  'persist-queue': once(() => pythonWith('persistqueue') !== null),
};

/**
 * The interpreter itself: what `python3` in PATH names may be a script that starts it.
 * Python 3.11 is the first whose errors carry SQLite's extended names.
 */
export const pythonPath = once((): string | null => {
  const program = 'import sqlite3, sys; assert sys.version_info >= (3, 11); print(sys.executable)';
  try {
    return execFileSync('python3', ['-c', program], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return null;
  }
});

/** Debian installs modules for its own interpreter, which need not be the first in PATH. */
export function pythonWith(...modules: readonly string[]): string | null {
  const candidates = [pythonPath(), '/usr/bin/python3'].filter((path) => path !== null);
  return candidates.find((path) => answers(path, '-c', `import ${modules.join(', ')}`)) ?? null;
}

export function available(need: Need): boolean {
  return IS_THERE[need]();
}

/** Why a test cannot run here and what to install, or `null` if it can: `it.skipIf(reason)`. */
export function skipReason(needs: readonly Need[]): string | null {
  const missing = needs.filter((need) => !available(need));
  return missing.length === 0 ? null : missing.map((need) => HOW_TO_GET[need]).join('; ');
}

/** The name of a test, with the reason where it will be skipped. */
export function titled(name: string, needs: readonly Need[]): string {
  const reason = skipReason(needs);
  return reason === null ? name : `${name} (skipped: ${reason})`;
}

/** Debian puts PHP's libraries into its include path, each with an autoload.php. */
function phpLoads(...libraries: readonly string[]): boolean {
  const load = libraries.map((library) => `require_once "${library}/autoload.php";`).join(' ');
  return answers('php', '-r', `${load} exit(class_exists("PDO") ? 0 : 1);`);
}

function answers(program: string, ...options: string[]): boolean {
  try {
    execFileSync(program, options, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function once<T>(find: () => T): () => T {
  let found: { value: T } | undefined;
  return () => {
    found ??= { value: find() };
    return found.value;
  };
}
