import { ALWAYS_RETURNING } from './jobs.js';
import type { Recipe } from './recipe.js';

const STEPS = [
  'Save it as package db, open the database once a process, and defer its Close.',
  'Read with d.Read. Put every transaction that writes, with the SELECT that it depends on, into d.Write(ctx, work): goroutines queue there for one connection, so that is the single writer.',
  'Where many small writes come, give them to one Writer: with batch 10, ten share a commit.',
  'Show d.Stats() on a health endpoint: it is JSON as it is.',
];

export const goMattn: Recipe = {
  id: 'go-mattn',
  title: 'Go with mattn/go-sqlite3',
  names: ['go', 'golang', 'mattn', 'go-sqlite3', 'gorm'],
  language: 'go',
  file: 'go-mattn.go',
  saveAs: 'db/db.go',
  holdsFrom: 'go-sqlite3 1.14',
  below:
    'Older versions were not tried; the driver has had _txlock and _busy_timeout for years. It sets the busy timeout before all other pragmas, to 5 s unless told otherwise.',
  steps: STEPS,
  naive: 'Begin() sends a plain BEGIN: the UPDATE after a SELECT fails at once, whatever the timeout.',
  detect: { ecosystem: 'go', packages: ['github.com/mattn/go-sqlite3'] },
  proof: {
    kind: 'tested',
    versions: 'Go 1.19, go-sqlite3 1.14.16, SQLite 3.40.1',
    note: '',
  },
  sources: [
    'https://pkg.go.dev/github.com/mattn/go-sqlite3#readme-connection-string',
    'https://pkg.go.dev/database/sql#DB.SetMaxOpenConns',
    'go-sqlite3, sqlite3.go: SQLiteDriver.Open; sqlite3_go18.go: begin',
    'https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions',
  ],
  jobs: {
    file: 'go-jobs.go',
    saveAs: 'db/jobs.go',
    below: ALWAYS_RETURNING,
    proof: { kind: 'tested', versions: 'Go 1.19, go-sqlite3 1.14.16, SQLite 3.40.1', note: '' },
  },
};

export const goModernc: Recipe = {
  id: 'go-modernc',
  title: 'Go with modernc.org/sqlite',
  names: ['go', 'golang', 'modernc'],
  language: 'go',
  file: 'go-modernc.go',
  saveAs: 'db/db.go',
  holdsFrom: 'modernc.org/sqlite 1.46',
  below:
    'Older versions were not looked at. One without _pragma and _txlock needs the pragmas on each new connection, and BEGIN IMMEDIATE by Exec on one sql.Conn. The busy timeout is 0 unless set; the driver sends it before the other pragmas, whatever their order.',
  steps: STEPS,
  naive:
    'The busy timeout is 0, so every meeting of two writers is an error at once; and Begin() sends a plain BEGIN, after which the UPDATE after a SELECT would be one, whatever the timeout.',
  detect: { ecosystem: 'go', packages: ['modernc.org/sqlite'] },
  proof: {
    kind: 'not-run',
    note: 'It is the code of go-mattn, which is tested, but for the driver’s name, the connection string and the type of its errors; those were read in the driver’s source.',
  },
  sources: [
    'https://pkg.go.dev/modernc.org/sqlite#Driver.Open',
    'modernc.org/sqlite, conn.go: newConn turns extended result codes on; driver.go: applyQueryParams',
    'https://pkg.go.dev/database/sql#DB.SetMaxOpenConns',
    'https://www.sqlite.org/lang_transaction.html#deferred_immediate_and_exclusive_transactions',
  ],
  jobs: {
    file: 'go-jobs.go',
    saveAs: 'db/jobs.go',
    below: ALWAYS_RETURNING,
    proof: { kind: 'not-run', note: 'It is the file of go-mattn, which is tested.' },
  },
};
