import { EITHER_WAY } from './jobs.js';
import type { Recipe } from './recipe.js';

export const rails: Recipe = {
  id: 'rails',
  title: 'Rails',
  names: ['ruby', 'activerecord', 'active-record'],
  language: 'ruby',
  file: 'rails.rb',
  saveAs: 'config/initializers/sqlite_writes.rb',
  holdsFrom: 'Rails 6.0',
  below:
    'Rails 8.0 begins immediately by itself, and waits in Ruby, so that other threads go on. Rails 7.1 and 7.2 use WAL, synchronous=NORMAL and foreign keys by themselves; default_transaction_mode in database.yml does the rest, with the gem sqlite3 1.6.9 or newer. For 6.0 to 7.0 the recipe replaces what the adapter sends.',
  steps: [
    'Set timeout and default_transaction_mode in config/database.yml, and save the file as an initializer.',
    'Put every transaction that writes, with the query that it depends on, into SqliteWrites.write. A save alone needs it too if it must be tried again.',
    'Run rails db:prepare before the workers start: the first connection puts the file into WAL mode.',
    'Where many threads write, or many small writes come, give them to one Writer.',
    'Show SqliteWrites::STATS.to_h on a health endpoint.',
  ],
  naive:
    'Before Rails 8.0, transaction sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'rubygems', packages: ['rails', 'sqlite3'] },
  proof: {
    kind: 'tested',
    versions: 'Active Record 6.1.7, sqlite3 1.4.2, Ruby 3.1, SQLite 3.40.1',
    note: 'That is the part for Rails 6.0 to 7.0. What database.yml does from 7.1 on was not run here: it was read in Rails’ source.',
  },
  sources: [
    'https://github.com/rails/rails/pull/50371',
    'https://github.com/rails/rails/pull/51958',
    'https://github.com/rails/rails/pull/49349',
    'https://github.com/sparklemotion/sqlite3-ruby/pull/426',
    'https://github.com/sparklemotion/sqlite3-ruby/issues/261',
    'active_record/connection_adapters/sqlite3/database_statements.rb: begin_db_transaction',
  ],
  jobs: {
    file: 'rails-jobs.rb',
    saveAs: 'lib/sqlite_jobs.rb',
    below: EITHER_WAY,
    proof: {
      kind: 'tested',
      versions: 'Active Record 6.1.7, sqlite3 1.4.2, Ruby 3.1, SQLite 3.40.1',
      note: '',
    },
  },
};
