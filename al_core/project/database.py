"""The connection to project.db: transactions, migrations, errors as sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import AlCoreError, ProjectError, ProjectLockedError, StorageError
from .schema import APPLICATION_ID, MIGRATIONS

BUSY_TIMEOUT_MS = 5000

# SQLite's own words: Python 3.10 does not tell the error codes.
_SENTENCES: tuple[tuple[str, type[AlCoreError], str], ...] = (
    (
        "disk is full",
        StorageError,
        "The disk that holds {path} is full. Free some space and try again.",
    ),
    (
        "disk I/O error",
        StorageError,
        "The disk that holds {path} is full or failing. Free some space, check the disk and "
        "try again.",
    ),
    (
        "readonly database",
        StorageError,
        "{path} cannot be written. Change its rights or move it to a folder that can be written.",
    ),
    (
        "unable to open database file",
        StorageError,
        "{path} cannot be opened for writing. Check that its folder is there and that you may "
        "write to it.",
    ),
    (
        "database is locked",
        ProjectLockedError,
        "{path} is being written by another program. Wait until that is done and try again.",
    ),
    (
        "malformed",
        ProjectError,
        "{path} is damaged. Restore the project from a backup.",
    ),
    (
        "not a database",
        ProjectError,
        "{path} is damaged or not a LandLoop project. Choose another folder or restore a backup.",
    ),
    (
        "no such ",
        ProjectError,
        "{path} lacks a part that belongs there. Restore the project from a backup.",
    ),
)


class Database:
    """One connection to project.db, for one thread.

    WAL lets the other program read while this one writes; synchronous=FULL means that
    what a finished transaction wrote outlives a power cut.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def create(cls, path: Path) -> Database:
        """Make a new database with the newest schema, for filling.

        Its transactions do not wait for the disk: whoever made it syncs the whole file once.

        Raises:
            StorageError: The disk is full or protected.
        """
        with explain_sqlite(path):
            database = cls(path, _connect(path))
        with database.closed_on_error():
            with explain_sqlite(path):
                database._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                database._configure()
                database._connection.execute("PRAGMA synchronous = OFF")
            database._migrate(MIGRATIONS)
        return database

    @classmethod
    def open(cls, path: Path, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> Database:
        """Open the database of a project and bring it to the newest schema.

        Args:
            path: Must exist; SQLite would make an empty file.
            migrations: The schema steps, for tests of the steps themselves.

        Raises:
            ProjectError: It is damaged, no project, or of a newer version.
            StorageError: The disk is full or protected.
        """
        with explain_sqlite(path):
            database = cls(path, _connect(path))
        with database.closed_on_error():
            database._check_kind(newest=len(migrations))
            with explain_sqlite(path):
                database._configure()
            database._migrate(migrations)
        return database

    def rows(self, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with explain_sqlite(self.path):
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write everything of this block, or nothing; on disk when the block has ended.

        Raises:
            StorageError: The disk is full or protected; nothing was written.
            ProjectLockedError: Another program writes for more than five seconds.
        """
        with explain_sqlite(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has rolled back by itself after some errors, not after others.
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connection; harmless when that was done before."""
        self._connection.close()

    @contextmanager
    def closed_on_error(self) -> Iterator[None]:
        """Close the connection if this block fails."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _configure(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def _pragma(self, name: str) -> int:
        return int(self.rows(f"PRAGMA {name}")[0][0])

    def _check_kind(self, newest: int) -> None:
        if self._pragma("application_id") != APPLICATION_ID:
            raise ProjectError(
                f"{self.path} is damaged or not of a LandLoop project. Choose another folder or "
                "restore a backup."
            )
        version = self._pragma("user_version")
        if version > newest:
            raise ProjectError(
                f"The project {self.path.parent} was made by a newer LandLoop (schema {version}, "
                f"this one knows {newest}). Update the plugin."
            )

    def _migrate(self, migrations: tuple[tuple[str, ...], ...]) -> None:
        if self._pragma("user_version") == len(migrations):
            return
        with self.transaction() as connection:
            # Asked again: another program may have done it while this one waited.
            for step in migrations[self._pragma("user_version") :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(migrations)}")


@contextmanager
def explain_sqlite(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about disk, lock and damage into sentences about `path`.

    Raises:
        StorageError: The disk is full, failing or protected.
        ProjectLockedError: Another program holds the database for too long.
        ProjectError: The database is damaged.
    """
    try:
        yield
    except sqlite3.Error as error:
        for words, kind, sentence in _SENTENCES:
            if words in str(error):
                raise kind(sentence.format(path=path)) from error
        raise


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level=None: no transaction begins unasked.
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
