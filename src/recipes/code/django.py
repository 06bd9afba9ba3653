"""SQLite for several processes and threads at once, with Django.

    # settings.py
    from mysite.db import sqlite_settings
    DATABASES = {"default": sqlite_settings(BASE_DIR / "db.sqlite3")}

    # anywhere else
    job = write(claim_next_job)             # BEGIN IMMEDIATE, claim_next_job(), COMMIT

    with Writer(batch=10) as writer:        # one thread writes for all others
        done = writer.submit(lambda: Log.objects.create(line=line))
        done.result()                       # committed, or the error

Printed by `dblock recipe django`; for Django 5.1 and newer, with what 3.2 to 5.0 need.
"""

import logging
import queue
import random
import sqlite3
import threading
import time
from concurrent.futures import Future

import django
from django.db import OperationalError, connections, transaction
from django.db.backends.signals import connection_created

# Longer than the longest write transaction of any process: who waits that long gets the lock.
BUSY_TIMEOUT_MS = 5_000

PRAGMAS = (
    # Readers and the writer do not wait for each other. The mode is kept in the file.
    "journal_mode = WAL",
    # No fsync for each commit, so the write lock is free again sooner. In WAL mode a power failure
    # can take the last commits with it, but cannot damage the database.
    "synchronous = NORMAL",
    # Django does so, too.
    "foreign_keys = ON",
)

# How often a transaction is tried in all. The pause before the second try is up to 0.5 s, before
# the third up to 1 s, and so on.
TRIES = 3
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 5.0

# SQLITE_BUSY, _BUSY_RECOVERY, _BUSY_SNAPSHOT and _BUSY_TIMEOUT. Not SQLITE_LOCKED (6): that is a
# conflict inside this process, which waiting does not end.
LOCK_CODES = frozenset({5, 261, 517, 773})

log = logging.getLogger(__name__)


def sqlite_settings(path, busy_timeout_ms=BUSY_TIMEOUT_MS):
    """An entry of DATABASES."""
    # `timeout` is the busy timeout: sqlite3 sets it before Django sends the first statement.
    options = {"timeout": busy_timeout_ms / 1000}
    if django.VERSION >= (5, 1):
        # BEGIN IMMEDIATE for each outermost atomic(): SQLite waits for the write lock there. After
        # a plain BEGIN and a SELECT, the first UPDATE gets SQLITE_BUSY or SQLITE_BUSY_SNAPSHOT at
        # once. So do not wrap what only reads, and leave ATOMIC_REQUESTS off.
        options["transaction_mode"] = "IMMEDIATE"
        options["init_command"] = "".join(f"PRAGMA {pragma};" for pragma in PRAGMAS)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": options,
        # Connections are kept: when the last one closes, SQLite checkpoints and deletes the WAL,
        # and others wait for that.
        "CONN_MAX_AGE": None,
        "ATOMIC_REQUESTS": False,
    }


def _configure(connection, **_):
    """Before Django 5.1, which has no options for it."""
    if connection.vendor != "sqlite":
        return

    def begin_immediate():
        connection.cursor().execute("BEGIN IMMEDIATE")

    # What atomic() calls to begin.
    connection._start_transaction_under_autocommit = begin_immediate
    with connection.cursor() as cursor:
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")


if django.VERSION < (5, 1):
    connection_created.connect(_configure, dispatch_uid="sqlite-for-several-processes")


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


def write(work, using="default", tries=TRIES):
    """Runs work() in a write transaction, all of it again after a lock error.

    Returns what work returns. work may run several times: let it do nothing but use models, no
    HTTP and no waiting; use transaction.on_commit() for the rest. This is no context manager,
    because a generator cannot run the body of its `with` again.
    """
    if connections[using].in_atomic_block:
        # The lock is taken, and only the outermost transaction can be tried again.
        return work()
    asked_at = time.monotonic()
    for attempt in range(1, tries + 1):
        stats.count("lock_attempts")
        wait_s = None
        try:
            with transaction.atomic(using=using):
                wait_s = time.monotonic() - asked_at
                result = work()
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
    if not isinstance(error, OperationalError):
        return False
    cause = error.__cause__  # the error of sqlite3
    if not isinstance(cause, sqlite3.OperationalError):
        return False
    code = getattr(cause, "sqlite_errorcode", None)  # from Python 3.11 on, the extended code
    return code in LOCK_CODES if code is not None else str(cause) == "database is locked"


class Writer:
    """One thread that writes for all others of this process: they queue here, not at the lock.

    With batch=1 each job is a transaction. With a larger batch, jobs that are waiting anyway share
    one, up to so many; a job that fails is undone alone.
    """

    def __init__(self, using="default", batch=1, pause_s=0.01):
        self._using, self._batch, self._pause_s = using, batch, pause_s
        self._jobs = queue.Queue()
        self._mutex = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer")
        self._thread.start()

    def submit(self, work):
        """A future of what work() returns, done when the transaction is committed."""
        future = Future()
        with self._mutex:
            if self._closed:
                raise RuntimeError("the writer is closed")
            self._jobs.put((work, future))
        return future

    def close(self):
        """Writes what was submitted, then ends the thread."""
        with self._mutex:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self):
        open_ = True
        try:
            while open_:
                jobs, open_ = self._take()
                self._write(jobs)
                if len(jobs) == self._batch > 1:
                    # SQLite's lock has no queue: who takes it again at once keeps it from those
                    # that sleep before their next try.
                    time.sleep(self._pause_s)
        finally:
            # Each thread has a connection of its own, and Django closes only those of requests.
            connections[self._using].close()

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

    def _write(self, jobs):
        def work():
            return [(future, *self._run_job(job)) for job, future in jobs]

        if not jobs:
            return
        try:
            outcomes = write(work, self._using)
        except BaseException as error:
            outcomes = [(future, None, error) for _, future in jobs]
        for future, result, error in outcomes:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

    def _run_job(self, job):
        try:
            with transaction.atomic(using=self._using):  # inside another one, a savepoint
                return job(), None
        except Exception as error:
            # After a lock error all jobs must be tried again; without a transaction SQLite has
            # undone them all, as when the disk is full.
            if is_lock_error(error) or not connections[self._using].connection.in_transaction:
                raise
            return None, error
