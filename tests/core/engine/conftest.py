"""The repository root as the package `landloop`, without QGIS, and stand-ins for programs."""

import importlib.util
import sys
from pathlib import Path

import pytest

PACKAGE = "landloop"  # the folder name in the zip, whatever the checkout is called
ROOT = Path(__file__).resolve().parents[3]

FAKE_PYTHON = '''#!{python}
"""Stands in for Python: makes an environment of itself, notes every call, obeys orders."""
import os, pathlib, sys, time

here = pathlib.Path(__file__)
if sys.argv[1:3] == ["-m", "venv"]:
    place = pathlib.Path(sys.argv[3], "bin")
    place.mkdir(parents=True)
    (place / "python").write_text(here.read_text())
    (place / "python").chmod(0o755)
with open(os.environ["FAKE_CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + chr(10))
if sys.argv[-1] == "--version":
    print("pip 26.0 from somewhere")
elif "install" in sys.argv:
    exec(os.environ.get("FAKE_PIP", ""))
elif "venv" in sys.argv[-1]:
    print("[3, 11, true]")
'''


def _load_package():
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])


if PACKAGE not in sys.modules:
    _load_package()


@pytest.fixture
def fake_python(tmp_path, monkeypatch):
    """A script that stands in for Python and pip; its calls are the lines of `calls`."""
    if sys.platform == "win32":
        pytest.skip("scripts are no programs here")
    script = tmp_path / "python3"
    script.write_text(FAKE_PYTHON.format(python=sys.executable))
    script.chmod(0o755)
    monkeypatch.setenv("FAKE_CALLS", str(tmp_path / "calls"))
    return script
