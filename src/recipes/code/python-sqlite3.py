"""SQLite for several processes and threads at once, with Python's sqlite3 module.

    from contextlib import closing

    with closing(connect("app.db")) as db:      # one connection a thread, kept open
        job = write(db, claim_next_job)         # BEGIN IMMEDIATE, claim_next_job(db), COMMIT

    with Writer("app.db", batch=10) as writer:  # one thread writes for all others
        done = writer.submit(lambda db: db.execute("INSERT INTO log VALUES (?)", (line,)).lastrowid)
        done.result()                           # committed, or the error

Printed by `dblock recipe python-sqlite3`; from Python 3.8 on.
"""

import logging
import queue
import random
import sqlite3
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import closing

# Longer than the longest write transaction of any process: who waits that long gets the lock.
BUSY_TIMEOUT_MS = 5_000

# How often a transaction is tried in all. The pause before the second try is up to 0.5 s, before
# the third up to 1 s, and so on.
TRIES = 3
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0

# SQLITE_BUSY, _BUSY_RECOVERY, _BUSY_SNAPSHOT and _BUSY_TIMEOUT. Not SQLITE_LOCKED (6): that is a
# conflict inside this process, which waiting does not end.
LOCK_CODES = frozenset({5, 261, 517, 773})

log = logging.getLogger(__name__)


class LockStats:
    """Counters for a health endpoint: attempts = successes + failures + retries."""

    def __init__(self):
        self._mutex = threading.Lock()
        self._counts = {
            "lock_attempts": 0,  # BEGIN IMMEDIATE was tried
            "lock_successes": 0,  # and no lock error came, up to the end of the transaction
            "lock_failures": 0,  # a lock error came, and the caller got it
            "lock_retries": 0,  # a lock error came, and the transaction was tried again
            "total_wait_ms": 0.0,  # from asking for the lock to having it, or to giving up
            "max_wait_ms": 0.0,
        }

    def count(self, name, wait_s=0.0):
        with self._mutex:
            self._counts[name] += 1
            self._counts["total_wait_ms"] += wait_s * 1000
            self._counts["max_wait_ms"] = max(self._counts["max_wait_ms"], wait_s * 1000)

    def snapshot(self):
        with self._mutex:
            return dict(self._counts)


stats = LockStats()


def connect(path, busy_timeout_ms=BUSY_TIMEOUT_MS):
    """Close it on every path, by contextlib.closing: `with db:` alone closes nothing."""
    # Otherwise the module begins transactions by itself, and before INSERT, UPDATE and DELETE
    # only: a SELECT before them is no part of the transaction.
    no_hidden_begin = {"isolation_level": None}
    if sys.version_info >= (3, 12):
        no_hidden_begin = {"autocommit": True}
    # `timeout` is the busy timeout. It comes first: the pragmas may have to wait already.
    db = sqlite3.connect(path, timeout=busy_timeout_ms / 1000, **no_hidden_begin)
    try:
        _use_wal(db, busy_timeout_ms)
        # No fsync for each commit, so the write lock is free again sooner. In WAL mode a power
        # failure can take the last commits with it, but cannot damage the database.
        db.execute("PRAGMA synchronous = NORMAL")
        # Off by default, in each connection.
        db.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return db


def _use_wal(db, busy_timeout_ms):
    # In WAL mode readers and the writer do not wait for each other. The mode is kept in the file;
    # only the change from another one fails when somebody writes just then, and at once: SQLite
    # does not ask the busy timeout there.
    deadline = time.monotonic() + busy_timeout_ms / 1000
    while True:
        try:
            (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
            break
        except sqlite3.OperationalError as error:
            if not is_lock_error(error) or time.monotonic() >= deadline:
                raise
            time.sleep(random.uniform(0.01, 0.1))
    if mode != "wal":
        raise RuntimeError(f"journal_mode is {mode}: a database in memory has no WAL")


def write(db, work, tries=TRIES):
    """Runs work(db) in a write transaction, all of it again after a lock error.

    Returns what work returns. work may run several times: let it do nothing but SQL, no HTTP and
    no waiting. This is no context manager, because a generator cannot run the body of its `with`
    again ("generator didn't stop after throw()").
    """
    asked_at = time.monotonic()
    for attempt in range(1, tries + 1):
        stats.count("lock_attempts")
        wait_s = None
        try:
            # The write lock first: for this one SQLite waits. A transaction that begins with a
            # SELECT gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at once when it comes to write.
            db.execute("BEGIN IMMEDIATE")
            wait_s = time.monotonic() - asked_at
            try:
                result = work(db)
                db.execute("COMMIT")
            finally:
                # Not after COMMIT, nor where SQLite has rolled back by itself: the disk was full.
                if db.in_transaction:
                    db.execute("ROLLBACK")
        except BaseException as error:
            if not is_lock_error(error):
                stats.count("lock_successes", wait_s or 0.0)
                raise
            if attempt == tries:
                stats.count("lock_failures", time.monotonic() - asked_at)
                raise
            # The statement alone cannot be tried again: its snapshot would be as old as before.
            stats.count("lock_retries")
            pause_s = pause_before_try(attempt + 1)
            log.warning("%s: try %d of %d, again in %d ms", error, attempt, tries, pause_s * 1000)
            time.sleep(pause_s)
        else:
            stats.count("lock_successes", wait_s)
            return result


def pause_before_try(attempt):
    # Random, so that those who failed together do not come back together.
    return random.uniform(0, min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempt - 2)))


def is_lock_error(error):
    if not isinstance(error, sqlite3.OperationalError):
        return False
    code = getattr(error, "sqlite_errorcode", None)  # from Python 3.11 on, the extended code
    return code in LOCK_CODES if code is not None else str(error) == "database is locked"


class Writer:
    """One thread that writes for all others of this process: they queue here, not at the lock.

    With batch=1 each job is a transaction. With a larger batch, jobs that are waiting anyway share
    one, up to so many; a job that fails is undone alone.
    """

    def __init__(self, path, batch=1, pause_s=0.01):
        self._path, self._batch, self._pause_s = path, batch, pause_s
        self._jobs = queue.Queue()
        self._mutex = threading.Lock()
        self._closed = False
        connected = Future()
        self._thread = threading.Thread(target=self._run, args=(connected,), name="sqlite-writer")
        self._thread.start()
        connected.result()

    def submit(self, work):
        """A future of what work(db) returns. It is done when the transaction is committed."""
        future = Future()
        with self._mutex:
            if self._closed:
                raise RuntimeError("the writer is closed")
            self._jobs.put((work, future))
        return future

    def close(self):
        """Writes what was submitted, then closes the connection."""
        with self._mutex:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self, connected):
        try:
            db = connect(self._path)
        except BaseException as error:
            connected.set_exception(error)
            return
        connected.set_result(None)
        with closing(db):
            open_ = True
            while open_:
                jobs, open_ = self._take()
                self._write(db, jobs)
                if len(jobs) == self._batch > 1:
                    # SQLite's lock has no queue: who takes it again at once keeps it from those
                    # that sleep before their next try.
                    time.sleep(self._pause_s)

    def _take(self):
        jobs, job = [], self._jobs.get()
        while job is not None:
            if job[1].set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) == self._batch:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _write(self, db, jobs):
        def work(db):
            return [(future, *self._run_job(db, job)) for job, future in jobs]

        if not jobs:
            return
        try:
            outcomes = write(db, work)
        except BaseException as error:
            outcomes = [(future, None, error) for _, future in jobs]
        for future, result, error in outcomes:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _run_job(self, db, job):
        db.execute("SAVEPOINT job")
        try:
            result, failure = job(db), None
        except Exception as error:
            # After a lock error all jobs must be tried again; without a transaction SQLite has
            # undone them all, as when the disk is full.
            if is_lock_error(error) or not db.in_transaction:
                raise
            db.execute("ROLLBACK TO job")
            result, failure = None, error
        db.execute("RELEASE job")
        return result, failure
