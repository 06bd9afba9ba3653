import { EITHER_WAY } from './jobs.js';
import type { Recipe } from './recipe.js';

export const django: Recipe = {
  id: 'django',
  title: 'Django',
  names: ['python'],
  language: 'python',
  file: 'django.py',
  saveAs: 'db.py',
  holdsFrom: 'Django 3.2',
  below:
    'Django 5.0 and older have neither transaction_mode nor init_command. The recipe sees that and, for Django 3.2 to 5.0, sends the pragmas by the signal connection_created and replaces the one method that sends BEGIN: import it before the first query, for instance in AppConfig.ready().',
  steps: [
    'Save it beside settings.py, and let DATABASES use sqlite_settings().',
    'Put every transaction that writes, with the query that it depends on, into write(work). Every outermost atomic() takes the write lock now: keep ATOMIC_REQUESTS off, and do not wrap what only reads.',
    'Run migrate once before the workers start: the first connection puts the file into WAL mode, which fails at once if somebody writes just then.',
    'Where many threads write, or many small writes come, give them to one Writer.',
    'Show stats.snapshot() on a health endpoint.',
  ],
  naive: 'atomic() sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'pypi', packages: ['django'] },
  proof: {
    kind: 'tested',
    versions: 'Django 3.2.25, Python 3.11, SQLite 3.40.1',
    note: 'That is the part for Django before 5.1. The same test also passed, by hand, with Django 5.2.17.',
  },
  sources: [
    'https://docs.djangoproject.com/en/5.2/ref/databases/#transactions-behavior',
    'https://docs.djangoproject.com/en/5.2/ref/databases/#setting-pragma-options',
    'https://code.djangoproject.com/ticket/29280',
    'https://code.djangoproject.com/ticket/24018',
    'django/db/backends/sqlite3/base.py: get_new_connection, _start_transaction_under_autocommit',
  ],
  jobs: {
    file: 'django-jobs.py',
    saveAs: 'jobs.py',
    below: EITHER_WAY,
    proof: { kind: 'tested', versions: 'Django 3.2.25, Python 3.11, SQLite 3.40.1', note: '' },
  },
};
