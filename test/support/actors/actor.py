"""A process with SQLite connections that does what it is told: a JSON object a line in, a reply a line out.

actor.mjs speaks the same protocol with better-sqlite3; ../actor.ts is the client of both.
"""

import collections
import json
import os
import sqlite3
import sys
import threading

connections = {}
cursors = {}
raw_files = {}
loops = []
# The write ends of the pipes that forked children wait on: they close, and the children exit, when we die.
children = []


def reply(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def connect(path, timeout_ms, read_only, vfs=None):
    options = "&".join(["mode=ro"] * read_only + ([f"vfs={vfs}"] if vfs else []))
    database = f"file:{path_as_uri(path)}?{options}" if options else path
    # isolation_level=None: sqlite3 must not slip in a BEGIN of its own.
    return sqlite3.connect(
        database, timeout=timeout_ms / 1000, isolation_level=None, uri=bool(options), check_same_thread=False
    )


def path_as_uri(path):
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def do_open(connection, path, timeoutMs=0, readOnly=False, vfs=None):
    connections[connection] = connect(path, timeoutMs, readOnly, vfs)


def do_exec(connection, sql, times=1):
    for _ in range(times):
        for statement in sql:
            connections[connection].execute(statement).fetchall()


def do_query(connection, sql):
    return connections[connection].execute(sql).fetchall()


def do_iterate(connection, cursor, sql):
    cursors[cursor] = connections[connection].execute(sql)
    return cursors[cursor].fetchone()


def do_end_iterate(cursor):
    cursors.pop(cursor).close()


def do_close(connection):
    connections.pop(connection).close()


def do_raw_open(file, path):
    raw_files[file] = os.open(path, os.O_RDONLY)


def do_raw_read(file, bytes):
    return len(os.pread(raw_files[file], bytes, 0))


def do_raw_close(file):
    os.close(raw_files.pop(file))


def do_fork():
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(write_end)
        for inherited in children:
            os.close(inherited)
        os.read(read_end, 1)
        os._exit(0)
    os.close(read_end)
    children.append(write_end)
    return pid


class Loop(threading.Thread):
    """Runs `turn` at full speed until told to stop; counts what came of it."""

    def __init__(self, turn):
        super().__init__(daemon=True)
        self.turn = turn
        self.rounds = 0
        self.errors = collections.Counter()
        self.turned = threading.Event()
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            try:
                self.turn()
                self.rounds += 1
            except sqlite3.Error as error:
                self.errors[name_of(error)] += 1
            self.turned.set()

    def counts(self):
        return {"rounds": self.rounds, "errors": dict(self.errors)}


def start_loop(turn):
    loop = Loop(turn)
    loops.append(loop)
    loop.start()
    loop.turned.wait()


def do_write_loop(path, setup, sql, timeoutMs=0):
    connection = connect(path, timeoutMs, False)
    for statement in setup:
        connection.execute(statement).fetchall()

    def turn():
        try:
            for statement in sql:
                connection.execute(statement).fetchall()
        except sqlite3.Error:
            # A COMMIT that failed leaves its transaction open.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    start_loop(turn)


def do_overlap_loop(path, sql, timeoutMs=0):
    """Two connections read in turn, each starting before the other ends: never a gap without a reader."""
    readers = collections.deque(connect(path, timeoutMs, False) for _ in range(2))
    readers[0].execute("BEGIN")
    readers[0].execute(sql).fetchall()

    def turn():
        old, new = readers
        new.execute("BEGIN")
        new.execute(sql).fetchall()
        old.execute("COMMIT")
        readers.rotate(1)

    start_loop(turn)


def do_loop_counts():
    return loops[-1].counts()


def do_stop_loop():
    loop = loops.pop()
    loop.stopping.set()
    loop.join()
    return loop.counts()


def do_exit(closeSqlite):
    if closeSqlite:
        for connection in connections.values():
            connection.close()
    reply({"ok": None})
    os._exit(0)


def name_of(error):
    """SQLite's extended name, such as SQLITE_BUSY_SNAPSHOT; misuse of the module has only a Python name."""
    return getattr(error, "sqlite_errorname", None) or type(error).__name__


def handle(message):
    command = message.pop("do").replace("-", "_")
    try:
        reply({"ok": globals()[f"do_{command}"](**message)})
    except Exception as error:
        reply({"error": name_of(error), "message": str(error)})


reply({"ok": {"pid": os.getpid(), "sqliteVersion": sqlite3.sqlite_version}})
for line in iter(sys.stdin.readline, ""):
    handle(json.loads(line))
os._exit(0)
