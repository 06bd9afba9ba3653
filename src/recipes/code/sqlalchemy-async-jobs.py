"""Workers that share a table of jobs, with SQLAlchemy and asyncio: each job is claimed once.

    engine = open_engine("app.db")               # from db.py, one a process
    while True:
        if not await run_next(engine, worker, work):  # work(job) runs outside of transactions
            await asyncio.sleep(1)

The statements expect a table like this one; put the names of your own into them:

    CREATE TABLE jobs(id INTEGER PRIMARY KEY, priority INTEGER NOT NULL DEFAULT 0,
                      state TEXT NOT NULL DEFAULT 'queued', worker TEXT);
    CREATE INDEX jobs_queued ON jobs(priority DESC, id) WHERE state = 'queued';

Printed by `dblock recipe sqlalchemy-async --part jobs`; db.py is what it prints without --part.
"""

import logging
import sqlite3

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from db import is_lock_error, write

NEXT = "SELECT id FROM jobs WHERE state = 'queued' ORDER BY priority DESC, id LIMIT 1"

# One statement: nobody can come between the choice of a job and its claim.
CLAIM = f"UPDATE jobs SET state = 'running', worker = :worker WHERE id = ({NEXT}) RETURNING id"
HAS_RETURNING = sqlite3.sqlite_version_info >= (3, 35, 0)

# Before SQLite 3.35.
CLAIM_ONE = (
    "UPDATE jobs SET state = 'running', worker = :worker WHERE id = :job AND state = 'queued'"
)

# Only what is still this worker's: `dblock requeue-orphans`, or whoever took the worker for dead,
# may have given the job back.
END = "UPDATE jobs SET state = :state WHERE id = :job AND state = 'running' AND worker = :worker"

log = logging.getLogger(__name__)


async def run_next(engine, worker, work):
    """Claims a job and awaits work(job), outside of any transaction; False: there was none.

    work may return a coroutine function save(session), whose writes are
    committed with the job's end. worker is a name that no other worker has, such as host:pid:task.
    If the process dies, the job stays `running`: `dblock requeue-orphans` gives it back.
    """
    job = await claim(engine, worker)
    if job is None:
        return False
    try:
        await end(engine, job, worker, "completed", await work(job))
    except Exception:
        log.exception("job %s failed", job)
        await end(engine, job, worker, "failed")
    return True


async def claim(engine, worker):
    """The id of a job that is this worker's now, or None."""
    return await write(engine, lambda session: _claim(session, worker))


async def _claim(session, worker):
    if HAS_RETURNING:
        # All rows: a RETURNING that is not read to its end is not done, and COMMIT fails.
        rows = (await session.execute(text(CLAIM), {"worker": worker})).all()
        return rows[0].id if rows else None
    # In two steps: the BEGIN IMMEDIATE of write() lets nobody in. rowcount is changes().
    rows = (await session.execute(text(NEXT))).all()
    if not rows:
        return None
    claimed = await session.execute(text(CLAIM_ONE), {"worker": worker, "job": rows[0].id})
    return rows[0].id if claimed.rowcount == 1 else None


async def end(engine, job, worker, state, save=None):
    """Writes how the job ended; False: it was this worker's no more, and nothing was written.

    A job whose end is not written stays `running`, and nobody works on it. So lock errors do not
    end this, however long they last.
    """

    async def work(session):
        values = {"state": state, "job": job, "worker": worker}
        if (await session.execute(text(END), values)).rowcount != 1:
            return False
        if save is not None:
            await save(session)
        return True

    while True:
        try:
            return await write(engine, work)
        except OperationalError as error:
            if not is_lock_error(error):
                raise
            log.error("job %s is %s, which cannot be written yet: %s", job, state, error)
