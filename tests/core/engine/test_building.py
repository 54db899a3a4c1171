"""Building an environment: which Python, what pip says, what is let through to it."""

import sys

import pytest
from landloop.plugin.engine import building
from landloop.plugin.engine.building import InstallError, PipOutput, base_interpreter, explained

PIP = """\
Collecting torch>=2.4 (from -r requirements.txt)
  Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (30 kB)
Collecting nvidia-cudnn-cu13==9.26 (from torch)
Collecting six
Processing /wheels/affine-3.0.1-py3-none-any.whl (from rasterio)
  Downloading torch-2.15.0-cp311-cp311-manylinux_2_28_x86_64.whl (530.2 MB)
Progress 0 of 536870912
Progress 268435456 of 536870912
Progress 536870912 of 536870912
  Using cached nvidia_cudnn_cu13-9.26.0.51-py3-none-manylinux_2_27_x86_64.whl (170 MB)
  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)
Installing collected packages: six, affine, nvidia-cudnn-cu13, torch
"""


def test_the_progress_of_a_download_is_told_in_megabytes_and_never_goes_back(tmp_path):
    output = PipOutput(tmp_path)
    fractions, messages = [], []
    for line in PIP.splitlines():
        output.read(line)
        fractions.append(output.fraction())
        messages.append(output.message)
    assert messages[0] == "Choosing versions"
    assert "Downloading torch (256 of 512 MB)" in messages
    assert fractions == sorted(fractions)
    half = fractions[messages.index("Downloading torch (256 of 512 MB)")]
    assert half == pytest.approx(0.6 * (275 + 5) / (550 + 170 + 5 + 5))
    assert fractions[-1] == pytest.approx(0.6)


def test_what_is_downloaded_first_is_measured_against_all_that_is_expected(tmp_path):
    output = PipOutput(tmp_path, expected_mb=5500)
    for line in PIP.splitlines()[:-1]:
        output.read(line)
    assert output.fraction() == pytest.approx(0.6 * 725 / 5500)  # six is small: no news of it
    output.read(PIP.splitlines()[-1])
    assert output.fraction() == pytest.approx(0.6)


def test_the_progress_of_the_installation_is_read_from_the_folder(tmp_path):
    output = PipOutput(tmp_path)
    for line in PIP.splitlines():
        output.read(line)
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "torch-2.15.0.dist-info").mkdir(parents=True)
    (site / "nvidia_cudnn_cu13-9.26.0.51.dist-info").mkdir()
    (site / "pip-26.0.dist-info").mkdir()
    output.read("")
    assert output.fraction() == pytest.approx(0.6 + 0.4 * 720 / 730)
    assert output.message == "Installing (2 of 4 packages)"


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "disk is full"),
        (
            "WARNING: Retrying after connection broken by 'NameResolutionError(...)'\n"
            "ERROR: No matching distribution found for torch",
            "check the network",
        ),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "check the network"),
        ("SSLError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate')", "PIP_CERT"),
        ("ProxyError('Cannot connect to proxy.', OSError())", "HTTPS_PROXY"),
        ("OSError: [WinError 4551] blocked by policy", "virus scanner"),
        ("ERROR: No matching distribution found for torch<3,>=2.4", "Python 3.12"),
        ("ImportError: DLL load failed while importing _C", "Visual C++"),
        ("some words\nERROR: something new\nmore words", "ERROR: something new"),
        ("", "ended without a word"),
    ],
)
def test_each_failure_of_pip_has_a_sentence_that_says_what_to_do(line, advice):
    assert advice in explained(line.splitlines())


def test_the_child_sees_neither_foreign_packages_nor_foreign_projections(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PROJ_LIB", "GDAL_DATA", "PIP_TARGET"):
        monkeypatch.setenv(name, "/somewhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    clean = building.clean_environment()
    assert {"PYTHONPATH", "PYTHONHOME", "PROJ_LIB", "GDAL_DATA", "PIP_TARGET"}.isdisjoint(clean)
    assert clean["PYTHONNOUSERSITE"] == "1"
    assert clean["HTTPS_PROXY"] == "http://proxy.example"


@pytest.fixture
def inside_qgis(tmp_path, monkeypatch):
    """A process whose executable is not Python; returns a function that puts one in a place."""
    if sys.platform == "win32":
        pytest.skip("scripts are no programs here")
    (tmp_path / "prefix").mkdir()
    (tmp_path / "path").mkdir()
    monkeypatch.setattr(sys, "executable", "/usr/bin/qgis")
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))

    def put(place, answer, name="python3"):
        script = tmp_path / place / name
        script.write_text(f"#!/bin/sh\necho '{answer}'\n")
        script.chmod(0o755)
        return script

    return put


def test_python_is_found_on_the_path_when_the_program_is_not_python(inside_qgis):
    script = inside_qgis("path", "[3, 12, true]")
    assert base_interpreter() == (script, (3, 12))


def test_the_python_that_came_with_the_program_goes_first(inside_qgis):
    inside_qgis("path", "[3, 12, true]")
    bundled = inside_qgis("prefix", "[3, 11, true]")
    assert base_interpreter() == (bundled, (3, 11))


def test_a_python_that_cannot_be_used_is_passed_over(inside_qgis):
    inside_qgis("prefix", "[3, 9, true]")
    inside_qgis("path", "not an answer", "python")
    script = inside_qgis("path", "[3, 12, true]")
    assert base_interpreter() == (script, (3, 12))


def test_a_python_without_venv_asks_for_python3_venv(inside_qgis):
    inside_qgis("path", "[3, 11, false]")
    with pytest.raises(InstallError, match="sudo apt install python3-venv"):
        base_interpreter()


def test_an_old_python_is_named_with_its_version(inside_qgis):
    inside_qgis("path", "[3, 9, true]")
    with pytest.raises(InstallError, match=r"is Python 3\.9, which is too old; install Python"):
        base_interpreter()


@pytest.mark.usefixtures("inside_qgis")
def test_no_python_at_all_asks_to_install_one():
    with pytest.raises(InstallError, match="No Python was found; install Python"):
        base_interpreter()
