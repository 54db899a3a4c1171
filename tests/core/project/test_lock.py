import json
import os

import pytest

from al_core.errors import ProjectLockedError, StorageError
from al_core.project import Access, Project
from al_core.project.lock import ProjectLock

HOLD = """
import sys, time
from pathlib import Path
from al_core.project import Project
project = Project.open(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_project_open_elsewhere_is_refused_and_the_holder_is_named(
    project, start_python, tmp_path
):
    folder = project.folder
    project.close()
    holder = start_python(HOLD, folder)
    with pytest.raises(ProjectLockedError) as refusal:
        Project.open(folder)
    assert f"process {holder.pid} on " in str(refusal.value)
    assert str(folder) in str(refusal.value)
    assert "the LandLoop command line" in str(refusal.value)
    assert "Close it there" in str(refusal.value)


def test_a_lock_ends_with_its_process_even_by_kill_9(project, start_python):
    folder = project.folder
    project.close()
    holder = start_python(HOLD, folder)
    holder.kill()
    holder.wait()
    Project.open(folder).close()


def test_the_same_program_cannot_open_a_project_twice(project):
    with pytest.raises(ProjectLockedError, match=f"process {os.getpid()} on"):
        Project.open(project.folder)


def test_a_refused_opening_leaves_the_holder_its_lock(project):
    for _ in range(2):
        with pytest.raises(ProjectLockedError):
            Project.open(project.folder)
    project.labels.revision()


def test_the_engine_shares_a_project_with_the_lock_s_holder(project):
    with Project.open(project.folder, Access.SHARED) as shared:
        assert len(shared.tiles) == len(project.tiles)


def test_closing_releases_the_lock(project):
    project.close()
    Project.open(project.folder).close()


def test_a_program_that_was_started_meanwhile_does_not_inherit_the_lock(project, start_python):
    start_python("print('ready', flush=True)\nimport time; time.sleep(60)")
    project.close()
    Project.open(project.folder).close()


def test_qgis_is_called_qgis(tmp_path, run_python):
    outcome = run_python(
        "import sys, types; sys.modules['qgis.core'] = types.ModuleType('qgis.core')\n"
        "from pathlib import Path\n"
        "from al_core.project.lock import ProjectLock\n"
        "ProjectLock(Path(sys.argv[1]))",
        tmp_path / "project.lock",
    )
    assert outcome.returncode == 0, outcome.stderr
    holder = json.loads((tmp_path / "project.lock").read_text())
    assert holder["program"] == "QGIS"
    assert set(holder) == {"pid", "host", "program", "since"}


def test_a_lock_file_without_readable_content_still_refuses(tmp_path):
    path = tmp_path / "project.lock"
    lock = ProjectLock(path)
    path.write_text("{half a")
    with pytest.raises(ProjectLockedError, match="already open in another program"):
        ProjectLock(path)
    lock.release()
    lock.release()


def test_a_read_only_folder_is_explained(project, open_folder, as_guest):
    folder = open_folder / "area.landloop"
    project.close()
    project.folder.rename(folder)
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555)
    with as_guest(), pytest.raises(StorageError, match="cannot be written"):
        Project.open(folder)
    folder.chmod(0o755)
