import { EITHER_WAY } from './jobs.js';
import type { Recipe } from './recipe.js';

export const laravel: Recipe = {
  id: 'laravel',
  title: 'Laravel',
  names: ['php', 'eloquent', 'illuminate'],
  language: 'php',
  file: 'laravel.php',
  saveAs: 'app/Database/SqliteWrites.php',
  holdsFrom: 'Laravel 8 with PHP 8.0',
  below:
    'With Laravel 12 since August 2025 (framework pull request 56681) and PHP 8.4, the configuration is all: transaction_mode makes it send BEGIN IMMEDIATE. On PHP before 8.4 it is ignored. Laravel 11 and newer send busy_timeout, journal_mode and synchronous. For anything older, SqliteWrites::register() replaces PDO by one that does all of that.',
  steps: [
    'Save it as app/Database/SqliteWrites.php, with ImmediatePdo and BatchWriter in files of their own if your autoloader wants them there, and use SqliteWrites::config() in config/database.php.',
    'Call SqliteWrites::register() in AppServiceProvider::register().',
    'Put every transaction that writes, with the query that it depends on, into SqliteWrites::write().',
    'Run php artisan migrate before workers start: the first connection puts the file into WAL mode.',
    'For a single writer, dispatch writes to a queue with one worker; for many small ones, use BatchWriter.',
  ],
  naive:
    'DB::transaction() sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'packagist', packages: ['laravel/framework'] },
  proof: {
    kind: 'tested',
    versions: 'Illuminate Database 8.83, PHP 8.2, SQLite 3.40.1',
    note: 'That is the part for versions without transaction_mode. The newer part, which is configuration only, was not run here: it was read in Laravel’s source.',
  },
  sources: [
    'https://github.com/laravel/framework/pull/56681',
    'https://github.com/laravel/framework/blob/12.x/config/database.php',
    'Illuminate\\Database\\SQLiteConnection::executeBeginTransactionStatement',
    'https://github.com/php/php-src/pull/14268',
    'https://www.php.net/manual/en/ref.pdo-sqlite.php',
  ],
  jobs: {
    file: 'laravel-jobs.php',
    saveAs: 'app/Database/SqliteJobs.php',
    below: EITHER_WAY,
    proof: { kind: 'tested', versions: 'Illuminate Database 8.83, PHP 8.2, SQLite 3.40.1', note: '' },
  },
};
