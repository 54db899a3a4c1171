"""The engine's environment: found, made, cancelled, removed, and asked for from a shell."""

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from landloop.plugin.engine import building, environment
from landloop.plugin.engine.environment import InstallCancelled, InstallError

SCRIPT = Path(environment.__file__)


def never():
    return False


def ignore(fraction, message):
    pass


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    monkeypatch.setenv("LANDLOOP_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("LANDLOOP_TORCH_INDEX", raising=False)
    return tmp_path / "data"


@pytest.fixture
def requirements(tmp_path):
    file = tmp_path / "requirements.txt"
    file.write_text("torch>=2.4  # a reason\n\n# a comment\ntorchvision\nsome-package<3\n")
    return file


@pytest.fixture
def fake_base(fake_python, monkeypatch):
    """Every environment is made by the stand-in; returns the calls that it got."""
    monkeypatch.setattr(building, "base_interpreter", lambda: (fake_python, (3, 11)))
    return lambda: (fake_python.parent / "calls").read_text().splitlines()


def test_the_folder_is_keyed_by_python_and_requirements_but_not_by_comments(requirements):
    folder = environment.folder_for((3, 11), requirements)
    assert folder.name.startswith("py3.11-")
    assert environment.folder_for((3, 12), requirements) != folder
    requirements.write_text(requirements.read_text().replace("a reason", "a better reason"))
    assert environment.folder_for((3, 11), requirements) == folder
    requirements.write_text(requirements.read_text().replace("2.4", "2.5"))
    assert environment.folder_for((3, 11), requirements) != folder


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="the folder of Linux")
def test_without_the_variable_the_data_lie_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("LANDLOOP_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert environment.data_folder() == tmp_path / "LandLoop"


def test_nothing_is_there_at_first(requirements):
    assert not environment.is_complete(requirements)
    assert environment.status(requirements)["complete"] is False
    with pytest.raises(InstallError, match="install it first"):
        environment.python_path(requirements)


def test_an_environment_without_its_marker_does_not_count_and_is_made_again(
    requirements, fake_base
):
    folder = environment.folder_for((3, 11), requirements)
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    (folder / "rest of the last try").touch()
    assert not environment.is_complete(requirements)
    python = environment.install(ignore, never, requirements, 0)
    assert environment.python_path(requirements) == python
    assert not (folder / "rest of the last try").exists()


def test_installing_reports_from_zero_to_one_and_tries_every_package(requirements, fake_base):
    told = []
    environment.install(lambda *news: told.append(news), never, requirements, 0)
    fractions = [fraction for fraction, _ in told]
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert fractions == sorted(fractions)
    assert fake_base()[-1] == "-c import torch, torchvision, some_package"


def test_a_second_installation_finds_the_first(requirements, fake_base):
    python = environment.install(ignore, never, requirements, 0)
    calls = fake_base()
    assert environment.install(ignore, never, requirements, 0) == python
    assert fake_base() == calls


def test_torch_and_torchvision_both_come_from_the_index_that_is_named(
    requirements, fake_base, monkeypatch
):
    monkeypatch.setenv("LANDLOOP_TORCH_INDEX", "https://example.org/cpu")
    environment.install(ignore, never, requirements, 0)
    first, second = (line for line in fake_base() if " install " in line)
    assert first.endswith("--index-url https://example.org/cpu torch>=2.4 torchvision")
    assert second.endswith(f"-r {requirements}")
    assert environment.status(requirements)["torch_index"] == "https://example.org/cpu"


def test_a_failure_leaves_nothing_behind_but_its_log(
    requirements, fake_base, monkeypatch, data_dir
):
    monkeypatch.setenv("FAKE_PIP", "print('ERROR: it broke'); sys.exit(1)")
    with pytest.raises(InstallError, match=r"^ERROR: it broke \(Details: .*\.log\)$"):
        environment.install(ignore, never, requirements, 0)
    assert not environment.folder_for((3, 11), requirements).exists()
    (log,) = data_dir.glob("engines/*.log")
    assert "ERROR: it broke" in log.read_text()


def test_cancelling_ends_pip_and_its_children_and_leaves_nothing_behind(
    requirements, fake_base, monkeypatch, tmp_path
):
    monkeypatch.setenv(
        "FAKE_PIP",
        "import subprocess; child = subprocess.Popen(['sleep', '60']);"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid)); child.wait()",
    )
    started = time.monotonic()
    with pytest.raises(InstallCancelled):
        environment.install(ignore, (tmp_path / "child").exists, requirements, 0)
    assert time.monotonic() - started < 5
    child = Path("/proc", (tmp_path / "child").read_text(), "status")
    assert not child.exists() or "State:\tZ" in child.read_text()
    assert not environment.folder_for((3, 11), requirements).exists()


def test_too_little_disk_space_is_said_before_anything_is_made(requirements, fake_base, data_dir):
    with pytest.raises(InstallError, match="needs 1000000000 GB of disk space"):
        environment.install(ignore, never, requirements, 1e9)
    assert list(data_dir.glob("engines/*")) == []


@pytest.mark.usefixtures("fake_base")
def test_two_windows_cannot_install_at_the_same_time(requirements):
    def try_again(fraction, message):
        if message == "Preparing pip":
            with pytest.raises(InstallError, match="Another window"):
                environment.install(ignore, never, requirements, 0)

    environment.install(try_again, never, requirements, 0)
    assert environment.is_complete(requirements)


@pytest.mark.usefixtures("fake_base")
def test_a_data_folder_that_cannot_be_made_is_named(requirements, data_dir):
    data_dir.write_text("a file is in the way")
    with pytest.raises(InstallError, match=r"cannot be written .* LANDLOOP_DATA_DIR"):
        environment.install(ignore, never, requirements, 0)


@pytest.mark.usefixtures("fake_base")
def test_removing_takes_the_environment_away(requirements):
    environment.install(ignore, never, requirements, 0)
    environment.remove(requirements)
    assert not environment.is_complete(requirements)
    environment.remove(requirements)


def test_a_real_environment_holds_its_packages_and_sees_no_others(tmp_path, monkeypatch):
    wheel = tmp_path / "landloop_probe-1.0-py3-none-any.whl"
    info = "landloop_probe-1.0.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("landloop_probe.py", "ANSWER = 42\n")
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: landloop-probe\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{wheel}  # made on the spot\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # no network in tests
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "stranger.py").touch()
    python = environment.install(ignore, never, requirements, 0)
    question = (
        "import landloop_probe, importlib.util as u, site;"
        "print(landloop_probe.ANSWER, u.find_spec('stranger'), site.ENABLE_USER_SITE)"
    )
    answer = subprocess.run(
        [python, "-c", question],
        env=environment.clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == ["42", "None", "False"]


def test_as_a_script_it_answers_on_stdout_and_complains_on_stderr(data_dir):
    def call(verb):
        return subprocess.run(
            [sys.executable, SCRIPT, verb], cwd=os.sep, capture_output=True, text=True, check=False
        )

    status = json.loads(call("status").stdout)
    assert status["complete"] is False
    assert call("path").stdout.strip() == status["folder"]
    assert Path(status["folder"]).parent == data_dir / "engines"
    python = call("python")
    assert (python.returncode, python.stdout) == (2, "")
    assert python.stderr.strip() == "The engine's environment is not there; install it first."
