import sqlite3
from contextlib import closing

import pytest

from al_core.errors import ProjectError, ProjectLockedError, StorageError
from al_core.project.database import Database, explain_sqlite
from al_core.project.schema import MIGRATIONS


@pytest.fixture
def path(tmp_path):
    return tmp_path / "project.db"


@pytest.fixture
def database(path):
    with closing(Database.create(path)) as opened:
        yield opened


def tables(database):
    return {name for (name,) in database.rows("SELECT name FROM sqlite_master")}


def test_an_opened_database_waits_for_the_disk_and_lets_others_read(database, path):
    with closing(Database.open(path)) as opened:
        assert opened.rows("PRAGMA journal_mode") == [("wal",)]
        assert opened.rows("PRAGMA synchronous") == [(2,)]
        assert opened.rows("PRAGMA foreign_keys") == [(1,)]
        assert opened.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_failing_transaction_writes_nothing(database):
    def write_and_fail():
        with database.transaction() as connection:
            connection.execute("INSERT INTO counter VALUES ('other', 1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert database.rows("SELECT name FROM counter") == [("labels",)]


def test_an_older_database_is_brought_up_to_date(database, path):
    database.close()
    newer = (*MIGRATIONS, ("CREATE TABLE review (tile INTEGER)", "INSERT INTO review VALUES (3)"))
    with closing(Database.open(path, newer)) as upgraded:
        assert upgraded.rows("SELECT tile FROM review") == [(3,)]
        assert upgraded.rows("PRAGMA user_version") == [(len(newer),)]
    with closing(Database.open(path, newer)) as again:
        assert again.rows("SELECT count(*) FROM review") == [(1,)]


def test_a_migration_that_fails_leaves_the_old_version(database, path):
    database.close()
    broken = (*MIGRATIONS, ("CREATE TABLE review (tile INTEGER)", "nonsense"))
    with pytest.raises(sqlite3.OperationalError):
        Database.open(path, broken)
    with closing(Database.open(path)) as old:
        assert "review" not in tables(old)
        assert old.rows("PRAGMA user_version") == [(len(MIGRATIONS),)]


def test_a_newer_version_is_named_and_left_alone(database, path):
    with database.transaction() as connection:
        connection.execute("PRAGMA user_version = 77")
    database.close()
    before = path.read_bytes()
    with pytest.raises(
        ProjectError, match=r"newer LandLoop \(schema 77, this one knows 3\)\. Update the plugin"
    ):
        Database.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"this is no database" * 100])
def test_a_file_that_is_no_project_database_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ProjectError, match="is damaged or not"):
        Database.open(path)
    assert path.read_bytes() == content


def test_another_program_s_database_is_refused(path):
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE layer (id INTEGER)")
    with pytest.raises(ProjectError, match="not of a LandLoop project"):
        Database.open(path)


def test_a_missing_table_is_a_damaged_project(database):
    with database.transaction() as connection:
        connection.execute("DROP TABLE pick")
    with pytest.raises(ProjectError, match="lacks a part"):
        database.rows("SELECT * FROM pick")


def test_overwritten_pages_are_a_damaged_project(database, path):
    database.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(ProjectError, match="damaged"), closing(Database.open(path)) as opened:
        opened.rows("SELECT * FROM setting")


def test_a_database_that_may_not_be_written_is_a_storage_error(database):
    database.rows("PRAGMA query_only = ON")
    with (
        pytest.raises(StorageError, match="cannot be written"),
        database.transaction() as connection,
    ):
        connection.execute("INSERT INTO counter VALUES ('other', 1)")


def test_a_folder_in_place_of_the_database_is_a_storage_error(path):
    path.mkdir()
    with pytest.raises(StorageError, match="cannot be opened"):
        Database.create(path)


def test_a_program_that_keeps_writing_is_named_as_the_cause(database, path):
    with closing(Database.open(path)) as other, other.transaction():
        database.rows("PRAGMA busy_timeout = 20")
        with pytest.raises(ProjectLockedError, match="written by another program"):
            database.transaction().__enter__()


def test_errors_that_are_ours_to_fix_are_not_dressed_up(path):
    with pytest.raises(sqlite3.IntegrityError), explain_sqlite(path):
        raise sqlite3.IntegrityError("FOREIGN KEY constraint failed")
