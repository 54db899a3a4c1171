import errno
import os

import pytest

from al_core.project.files import fresh_folder, sync_folder, sync_tree


def test_fresh_folders_have_names_and_rights_like_any_other(tmp_path):
    one, two = fresh_folder(tmp_path, ".new-"), fresh_folder(tmp_path, ".new-")
    plain = tmp_path / "plain"
    plain.mkdir()
    assert one != two
    assert one.name.startswith(".new-")
    assert one.stat().st_mode == plain.stat().st_mode


def test_every_file_and_folder_below_is_synced(tmp_path, monkeypatch):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "sub" / "b").write_bytes(b"b")
    (tmp_path / "a").chmod(0o444)
    synced = set()
    monkeypatch.setattr(os, "fsync", lambda handle: synced.add(os.fstat(handle).st_ino))
    sync_tree(tmp_path)
    places = [tmp_path / "a", tmp_path / "sub" / "b"]
    if os.name != "nt":
        places += [tmp_path, tmp_path / "sub"]
    assert synced == {path.stat().st_ino for path in places}


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs folders by itself")
def test_a_disk_that_cannot_sync_folders_is_no_obstacle_but_a_failing_one_is(tmp_path, monkeypatch):
    def refuse(number):
        def fsync(handle):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "fsync", fsync)

    refuse(errno.EINVAL)
    sync_folder(tmp_path)
    refuse(errno.EIO)
    with pytest.raises(OSError, match="Input/output"):
        sync_folder(tmp_path)
