#!/usr/bin/env python3
"""SQLite, with its rollback journal, from several mounts.

  transactions.py make DATABASE                  an empty one: a counter, and a table of entries
  transactions.py run DATABASE WRITER COUNT      COUNT transactions, each of which counts one more and adds an entry; prints each that was acknowledged
  transactions.py check DATABASE WRITER=COUNT... whether the database is whole and has what was acknowledged; exit status 1 where not
"""
import sqlite3
import sys
import time

BUSY_SECONDS = 20

# SQLite has no queue of those that wait: they look again every 100 ms at the latest, and must read anew what others wrote before they can lock. A writer that begins its next transaction
# at once keeps all others out for as long as it goes on. So it does something else now and then, as programs do; else there would hardly be two at once.
AT_ONCE = 10
PAUSE_SECONDS = 0.05


def connect(path):
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    mode = db.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    if mode != "delete":
        sys.exit("the journal is " + mode)
    db.execute("PRAGMA synchronous = FULL")
    return db


def make(path):
    db = connect(path)
    db.execute("CREATE TABLE counter (value INTEGER NOT NULL)")
    db.execute("INSERT INTO counter VALUES (0)")
    db.execute("CREATE TABLE entry (value INTEGER PRIMARY KEY, writer TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL)")
    db.execute("CREATE UNIQUE INDEX written ON entry (writer, number)")
    db.close()


def transact(db, writer, number):
    db.execute("BEGIN IMMEDIATE")
    value = db.execute("SELECT value FROM counter").fetchone()[0] + 1
    db.execute("UPDATE counter SET value = ?", (value,))
    db.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (value, writer, number, ("%d " % value) * (number % 40)))
    db.execute("COMMIT")


def run(path, writer, count):
    db = connect(path)
    for number in range(1, count + 1):
        while True:
            try:
                transact(db, writer, number)
                break
            except sqlite3.OperationalError as e:
                if "locked" not in str(e):
                    raise
                # The other was quicker for as long as the timeout lasts.
                if db.in_transaction:
                    db.execute("ROLLBACK")
        print(number, flush=True)
        if number % AT_ONCE == 0:
            time.sleep(PAUSE_SECONDS)
    db.close()


def check(path, acknowledged):
    db = connect(path)
    wrong = [row[0] for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
    total = sum(acknowledged.values())
    found = {
        "counter": db.execute("SELECT value FROM counter").fetchone()[0],
        "entries": db.execute("SELECT count(*) FROM entry").fetchone()[0],
        "last entry": db.execute("SELECT max(value) FROM entry").fetchone()[0],
        "distinct entries": db.execute("SELECT count(DISTINCT value) FROM entry").fetchone()[0],
    }
    wrong += ["%s is %s, not %d" % (what, value, total) for what, value in found.items() if value != total]
    for writer, count in acknowledged.items():
        row = db.execute("SELECT count(*), min(number), max(number) FROM entry WHERE writer = ?", (writer,)).fetchone()
        if row != (count, 1, count):
            wrong.append("of %s there are %s, not 1 to %d" % (writer, row, count))
    turns = 0
    before = None
    for (writer,) in db.execute("SELECT writer FROM entry ORDER BY value"):
        turns += writer != before
        before = writer
    print("\n".join(wrong) if wrong else "ok %d, in %d turns" % (total, turns))
    return 1 if wrong else 0


if __name__ == "__main__":
    verb, database = sys.argv[1:3]
    if verb == "make":
        make(database)
    elif verb == "run":
        run(database, sys.argv[3], int(sys.argv[4]))
    elif verb == "check":
        counts = dict(argument.split("=") for argument in sys.argv[3:])
        sys.exit(check(database, {writer: int(count) for writer, count in counts.items()}))
    else:
        sys.exit(2)
