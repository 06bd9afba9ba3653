import { EITHER_WAY } from './jobs.js';
import type { Recipe } from './recipe.js';

export const peewee: Recipe = {
  id: 'peewee',
  title: 'Peewee',
  names: ['python'],
  language: 'python',
  file: 'peewee.py',
  saveAs: 'db.py',
  holdsFrom: 'Peewee 3.14',
  below:
    'Older versions of Peewee 3 were not tried. atomic() takes the lock type from 3.0 on; connection_context() and in_transaction() are as old.',
  steps: [
    'Make one database a process with open_database(), after a fork, and bind the models to it.',
    'Open and close each thread’s connection with db.connection_context().',
    'Put every transaction that writes, with the query that it depends on, into write(db, work).',
    'Where many threads write, or many small writes come, give them to one Writer.',
    'Show stats.snapshot() on a health endpoint.',
  ],
  naive: 'atomic() sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'pypi', packages: ['peewee'] },
  proof: {
    kind: 'tested',
    versions: 'Peewee 3.14.10, Python 3.11, SQLite 3.40.1',
    note: 'The same test also passed, by hand, with Peewee 4.5.1.',
  },
  sources: [
    'https://docs.peewee-orm.com/en/latest/peewee/database.html#recommended-settings',
    'https://docs.peewee-orm.com/en/latest/peewee/database.html#set-locking-mode-for-transaction',
    'https://docs.peewee-orm.com/en/latest/peewee/playhouse.html#sqliteq',
    'peewee.py: SqliteDatabase.begin, ExceptionWrapper',
  ],
  jobs: {
    file: 'peewee-jobs.py',
    saveAs: 'jobs.py',
    below: EITHER_WAY,
    proof: { kind: 'tested', versions: 'Peewee 3.14.10, Python 3.11, SQLite 3.40.1', note: '' },
  },
};
