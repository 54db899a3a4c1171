"""What a release needs to be true: the metadata, the versions, the licence, the zip."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest

import al_core

ROOT = Path(__file__).resolve().parents[2]
FIELDS = (
    "name",
    "description",
    "about",
    "version",
    "qgisMinimumVersion",
    "qgisMaximumVersion",
    "author",
    "email",
    "homepage",
    "repository",
    "tracker",
    "license",
    "icon",
    "category",
    "tags",
    "hasProcessingProvider",
    "changelog",
)


@pytest.fixture(scope="module")
def metadata():
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read_string((ROOT / "metadata.txt").read_text(encoding="utf-8"))
    return parser["general"]


@pytest.mark.parametrize("field", FIELDS)
def test_the_metadata_have_every_field(metadata, field):
    assert metadata.get(field, "").strip()


def test_the_metadata_name_the_versions_of_qgis_that_are_supported(metadata):
    assert metadata["qgisMinimumVersion"] == "3.22"
    assert metadata["qgisMaximumVersion"] == "4.99"


def test_the_icon_that_the_metadata_name_is_there(metadata):
    assert (ROOT / metadata["icon"]).is_file()


def test_there_is_one_version(metadata):
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = {
        metadata["version"],
        metadata["changelog"].split()[0],
        al_core.__version__,
        re.search(r'^version = "(.*)"$', project, re.MULTILINE)[1],
        re.search(r"^## (\S+)$", changes, re.MULTILINE)[1],
    }
    assert versions == {al_core.__version__}


def test_the_licence_is_the_gpl():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text


@pytest.fixture
def packaged():
    """The files that `git archive` puts into the zip, of what is there now."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")

    def git(*arguments, told=None):
        command = ["git", "-c", "safe.directory=*", *arguments]
        return subprocess.run(
            command, cwd=ROOT, input=told, capture_output=True, text=True, check=True
        ).stdout

    files = git("ls-files", "--cached", "--others", "--exclude-standard").splitlines()
    asked = {*files, *(file.split("/")[0] for file in files)}
    answers = git("check-attr", "--stdin", "export-ignore", told="\n".join(asked)).splitlines()
    ignored = {line.split(": ")[0] for line in answers if line.endswith(": set")}
    return [file for file in files if file not in ignored and file.split("/")[0] not in ignored]


def test_the_zip_holds_the_plugin_and_nothing_for_developers(packaged):
    assert {file.split("/")[0] for file in packaged} == {
        *("__init__.py", "metadata.txt", "al_core", "plugin", "resources"),
        *("LICENSE", "README.md", "CHANGELOG.md"),
    }
    assert "plugin/engine/requirements.txt" in packaged


def test_the_zip_holds_nothing_that_plugins_qgis_org_finds_suspicious(packaged):
    suspicious = (".sh", ".bat", ".exe", ".dll", ".so", ".dylib", ".ps1", ".cmd", ".pyc", ".ts")
    assert [file for file in packaged if file.endswith(suspicious)] == []
    assert [file for file in packaged if Path(file).name.startswith(".")] == []
    assert [file for file in packaged if (ROOT / file).stat().st_mode & 0o111] == []
