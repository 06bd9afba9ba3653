"""Workers that share a table of jobs, with Django: each job is claimed once.

    # in a management command, not under atomic()
    while True:
        if not run_next(worker, work):           # work(job) runs while no transaction is open
            time.sleep(1)

The statements expect a table like that of this model; put the names of your own into them:

    queued = models.Q(state="queued")

    class Job(models.Model):
        priority = models.IntegerField(default=0)
        state = models.TextField(default="queued")
        worker = models.TextField(null=True)

        class Meta:
            db_table = "jobs"
            indexes = [models.Index("-priority", "id", name="jobs_queued", condition=queued)]

Printed by `dblock recipe django --part jobs`; db.py is what it prints without --part.
"""

import logging
import sqlite3

from django.db import OperationalError, connections

from .db import is_lock_error, write

NEXT = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1"

# One statement: nobody can come between the choice of a job and its claim.
CLAIM = f"UPDATE jobs SET state = 'running', worker = %s WHERE id = ({NEXT}) RETURNING id"
HAS_RETURNING = sqlite3.sqlite_version_info >= (3, 35, 0)

# Before SQLite 3.35.
CLAIM_ONE = "UPDATE jobs SET state = 'running', worker = %s WHERE id = %s AND state = 'queued'"

# Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead,
# may have given the job back.
END = "UPDATE jobs SET state = %s WHERE id = %s AND state = 'running' AND worker = %s"

log = logging.getLogger(__name__)


def run_next(worker, work, using="default"):
    """Claims a job and runs work(job), outside of any transaction; False: there was none.

    work may return a function save(), whose writes are committed with
    the job's end. worker is a name that no other worker has, such as host:pid:thread.
    If the process dies, the job stays `running`: `dblock requeue-orphans` gives it back.
    """
    job = claim(worker, using)
    if job is None:
        return False
    try:
        end(job, worker, "completed", work(job), using)
    except Exception:
        log.exception("job %s failed", job)
        end(job, worker, "failed", using=using)
    return True


def claim(worker, using="default"):
    """The id of a job that is this worker's now, or None."""
    return write(lambda: _claim(worker, using), using)


def _claim(worker, using):
    with connections[using].cursor() as cursor:
        if HAS_RETURNING:
            cursor.execute(CLAIM, [worker])
            # All rows: a RETURNING that is not read to its end is not done, and COMMIT fails.
            rows = cursor.fetchall()
            return rows[0][0] if rows else None
        # In two steps: the BEGIN IMMEDIATE of write() lets nobody in. rowcount is changes().
        cursor.execute(NEXT)
        rows = cursor.fetchall()
        if not rows:
            return None
        cursor.execute(CLAIM_ONE, [worker, rows[0][0]])
        return rows[0][0] if cursor.rowcount == 1 else None


def end(job, worker, state, save=None, using="default"):
    """Writes how the job ended; False: it was this worker's no more, and nothing was written.

    A job whose end is not written stays `running`, and nobody works on it. So lock errors do not
    end this, however long they last.
    """

    def work():
        with connections[using].cursor() as cursor:
            cursor.execute(END, [state, job, worker])
            if cursor.rowcount != 1:
                return False
        if save is not None:
            save()
        return True

    while True:
        try:
            return write(work, using)
        except OperationalError as error:
            if not is_lock_error(error):
                raise
            log.error("job %s is %s, which cannot be written yet: %s", job, state, error)
