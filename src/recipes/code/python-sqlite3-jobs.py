"""Workers that share a table of jobs, with Python's sqlite3 module: each job is claimed once.

    with closing(connect("app.db")) as db:       # from db.py, one connection a thread
        while True:
            if not run_next(db, worker, work):   # work(job) runs while no transaction is open
                time.sleep(1)

The statements expect a table like this one; put the names of your own into them:

    CREATE TABLE jobs(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 0,
                      state TEXT NOT NULL DEFAULT 'queued', worker TEXT);
    CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued';

Printed by `dblock recipe python-sqlite3 --part jobs`; db.py is what it prints without --part.
"""

import logging
import sqlite3

from db import is_lock_error, write

NEXT = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1"

# One statement: nobody can come between the choice of a job and its claim.
CLAIM = f"UPDATE jobs SET state = 'running', worker = ? WHERE id = ({NEXT}) RETURNING id"
HAS_RETURNING = sqlite3.sqlite_version_info >= (3, 35, 0)

# Before SQLite 3.35.
CLAIM_ONE = "UPDATE jobs SET state = 'running', worker = ? WHERE id = ? AND state = 'queued'"

# Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead,
# may have given the job back.
END = "UPDATE jobs SET state = ? WHERE id = ? AND state = 'running' AND worker = ?"

log = logging.getLogger(__name__)


def run_next(db, worker, work):
    """Claims a job and runs work(job), outside of any transaction; False: there was none.

    work may return a function save(db), whose writes are committed with
    the job's end. worker is a name that no other worker has, such as host:pid:thread.
    If the process dies, the job stays `running`: `dblock requeue-orphans` gives it back.
    """
    job = claim(db, worker)
    if job is None:
        return False
    try:
        end(db, job, worker, "completed", work(job))
    except Exception:
        log.exception("job %s failed", job)
        end(db, job, worker, "failed")
    return True


def claim(db, worker):
    """The id of a job that is this worker's now, or None."""
    return write(db, lambda db: _claim(db, worker))


def _claim(db, worker):
    if HAS_RETURNING:
        # All rows: a RETURNING that is not read to its end is not done, and COMMIT fails.
        rows = db.execute(CLAIM, (worker,)).fetchall()
        return rows[0][0] if rows else None
    # In two steps: the BEGIN IMMEDIATE of write() lets nobody in. rowcount is changes().
    rows = db.execute(NEXT).fetchall()
    if not rows or db.execute(CLAIM_ONE, (worker, rows[0][0])).rowcount != 1:
        return None
    return rows[0][0]


def end(db, job, worker, state, save=None):
    """Writes how the job ended; False: it was this worker's no more, and nothing was written.

    A job whose end is not written stays `running`, and nobody works on it. So lock errors do not
    end this, however long they last.
    """

    def work(db):
        if db.execute(END, (state, job, worker)).rowcount != 1:
            return False
        if save is not None:
            save(db)
        return True

    while True:
        try:
            return write(db, work)
        except sqlite3.OperationalError as error:
            if not is_lock_error(error):
                raise
            log.error("job %s is %s, which cannot be written yet: %s", job, state, error)
