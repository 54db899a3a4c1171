"""Builds a Python environment with venv and pip: progress, cancel, and sentences for failures.

The standard library only and no import of ours, because environment.py also runs as a script.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

OLDEST_PYTHON = (3, 10)
RAW_PROGRESS_PIP = 25  # from this version on pip can tell the bytes of a download
POLL_S = 0.2

# What applications set for their own Python and GDAL, and what breaks another Python.
_FOREIGN = {
    *("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONEXECUTABLE", "PYTHONUSERBASE"),
    *("__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX"),
    *("GDAL_DATA", "GDAL_DRIVER_PATH", "PROJ_LIB", "PROJ_DATA"),
}
_LARGE_MB = {"torch": 550, "triton": 280, "nvidia": 170}  # the rest are small
_SMALL_MB = 5
_WITH_CUDA_MB, _WITHOUT_CUDA_MB = 3500, 900  # all that torch brings along

# What pip says when it fails, and what the user can do about it.
_ADVICE = {
    r"No space left|Errno 28\b|Errno 122\b": "The disk is full; free 10 GB and try again.",
    r"CERTIFICATE_VERIFY_FAILED|SSLError": "The network's certificate is not trusted; name your "
    "organisation's certificate file in the variable PIP_CERT and try again.",
    r"ProxyError|Proxy Authentication": "The proxy refused the download; set the variable "
    "HTTPS_PROXY and try again.",
    r"NewConnectionError|NameResolution|getaddrinfo|Network is unreachable|Max retries|timed out|"
    r"ConnectTimeout|ReadTimeout|Connection(Reset|Aborted)|Incomplete(Read|Download)": "The "
    "download broke off; check the network and try again.",
    r"WinError (5|32|4551)\b|PermissionError|Errno 13\b": "A file could not be written; allow "
    "LandLoop's folder in the virus scanner and try again.",
    r"No matching distribution": "A package is not offered for this machine's Python; install "
    "64-bit Python 3.12 and try again.",
    r"WinError 126\b|DLL load failed": "A system library is missing; install Microsoft's Visual "
    "C++ Redistributable and try again.",
}


class InstallError(Exception):
    """The environment cannot be made or used; one sentence says why and what to do."""

    details = ""  # there is nothing to show beyond the sentence


class InstallCancelled(Exception):  # noqa: N818 - an outcome, not an error
    """The user cancelled; nothing is left behind."""


def clean_environment() -> dict[str, str]:
    """Return this process's variables without those that lead Python to foreign packages."""
    kept = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}


def python_in(folder: Path) -> Path:
    """Return the interpreter of the environment in a folder."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def requirement_lines(requirements: Path) -> list[str]:
    """Return the lines of a requirements file without comments."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    bare = (re.sub(r"(^|\s)#.*", "", line).strip() for line in lines)
    return [line for line in bare if line]


def base_interpreter() -> tuple[Path, tuple[int, int]]:
    """Return a Python that can make environments, and its version.

    Inside QGIS `sys.executable` may be QGIS itself, so Python is looked for.

    Raises:
        InstallError: There is none, or the one that is there lacks venv.
    """
    too_old, bare = "", ""
    for candidate in _candidates():
        version, has_venv = _probe(candidate)
        if version >= OLDEST_PYTHON and has_venv:
            return candidate, version
        if version >= OLDEST_PYTHON:
            bare = bare or str(candidate)
        elif version > (0, 0):
            too_old = too_old or f"{candidate} is Python {version[0]}.{version[1]}"
    if bare:
        raise InstallError(
            f"{bare} cannot make environments; install python3-venv (on Debian and Ubuntu: "
            "sudo apt install python3-venv) and try again."
        )
    problem = f"{too_old}, which is too old" if too_old else "No Python was found"
    raise InstallError(f"{problem}; install Python 3.12 from python.org and try again.")


def _candidates() -> Iterator[Path]:
    minor = sys.version_info[1]
    names = [f"python3.{minor}", "python3", "python"]
    names += [f"python3.{other}" for other in range(20, OLDEST_PYTHON[1] - 1, -1)]
    ending = ".exe" if os.name == "nt" else ""
    places = [Path(sys.base_prefix), Path(sys.prefix)]
    places += [place / "bin" for place in places]
    paths = [place / (name + ending) for place in places for name in names]
    paths += [Path(found) for found in map(shutil.which, names) if found]
    if "python" in Path(sys.executable or "").name:
        paths.insert(0, Path(sys.executable))
    return (path for path in dict.fromkeys(paths) if path.is_file())


def _probe(python: Path) -> tuple[tuple[int, int], bool]:
    """Ask a Python for its version and whether it has venv; version (0, 0) if it is none."""
    question = (
        "import importlib.util as u, json, sys; print(json.dumps("
        "[*sys.version_info[:2], all(map(u.find_spec, ('venv', 'ensurepip')))]))"
    )
    try:
        process = _start([str(python), "-c", question])
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
        _stop(process)
        major, minor, has_venv = json.loads("".join(process.stdout or ()))
    except (OSError, ValueError, TypeError):
        return (0, 0), False
    return (major, minor), has_venv


@dataclass
class Builder:
    """Builds one environment, step by step.

    `report` gets a fraction, 0 to 1, and a sentence; `is_cancelled` is asked five times a second.
    With a `torch_index`, torch and torchvision come from that package index.
    """

    base: Path
    folder: Path
    requirements: Path
    report: Callable[[float, str], None]
    is_cancelled: Callable[[], bool]
    torch_index: str = ""

    def build(self) -> None:
        """Make the environment and try its packages.

        Raises:
            InstallError: A step failed; the sentence tells what to do.
            InstallCancelled: The user cancelled; what was running has been ended.
        """
        python = python_in(self.folder)
        self.report(0.0, f"Making an environment with {self.base}")
        self._run([self.base, "-m", "venv", self.folder])
        self.report(0.02, "Preparing pip")
        pip = [python, "-m", "pip", "install", "--no-input", "--no-cache-dir", "--progress-bar"]
        pip.append("raw" if self._has_new_pip(python) else "off")
        lines = requirement_lines(self.requirements)
        if self.torch_index:
            torch = [line for line in lines if re.match(r"torch(vision)?\b", line)]
            self._watch([*pip, "--index-url", self.torch_index, *torch], 0.03, 0.6)
        self._watch([*pip, "-r", self.requirements], 0.6 if self.torch_index else 0.03, 0.95)
        self.report(0.95, "Checking the environment")
        modules = [_package(line).replace("-", "_") for line in lines]
        self._run([python, "-c", f"import {', '.join(modules) or 'sys'}"])
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)

    def _has_new_pip(self, python: Path) -> bool:
        """Tell whether pip can tell the bytes of a download, after updating an old one."""
        version = self._run([python, "-m", "pip", "--version"])[-1].split()[1]
        if int(version.split(".")[0]) >= RAW_PROGRESS_PIP:
            return True
        try:
            self._run([python, "-m", "pip", "install", "--retries", "1", "--upgrade", "pip>=25.1"])
        except InstallError:
            return False  # the old pip can install too; without a network, it will say so
        return True

    def _watch(self, command: list[object], start: float, end: float) -> None:
        """Run pip; its progress is the stretch from `start` to `end` of the whole."""
        output = PipOutput(self.folder, self._expected_mb())

        def read(line: str) -> None:
            output.read(line)
            self.report(start + output.fraction() * (end - start), output.message)

        self._run(command, read)

    def _expected_mb(self) -> float:
        if not any(re.match(r"torch\b", line) for line in requirement_lines(self.requirements)):
            return 0.0
        has_cuda = sys.platform == "linux" and not self.torch_index
        return _WITH_CUDA_MB if has_cuda else _WITHOUT_CUDA_MB

    def _run(self, command: list[object], read: Callable[[str], None] | None = None) -> list[str]:
        """Run a command to its end and return its lines; `read` gets each, and "" meanwhile."""
        temporary = self.folder / "tmp"  # the system's own is often too small for torch
        temporary.mkdir(parents=True, exist_ok=True)
        variables = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
        process = _start([str(part) for part in command], {**variables, "PIP_USER": "0"})
        lines = []
        try:
            for line in _lines_of(process):
                if self.is_cancelled():
                    raise InstallCancelled
                lines.append(line)
                if read is not None:
                    read(line)
        finally:
            _stop(process)
        lines = [line for line in lines if line]
        log = self.folder.with_name(f"{self.folder.name}.log")
        with log.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        if process.returncode != 0:
            raise InstallError(f"{explained(lines)} (Details: {log})")
        return lines


@dataclass
class PipOutput:
    """Reads pip's output and estimates how far it is, each package weighed by its size.

    pip may download a package before it knows the next, hence the expected total.
    """

    folder: Path
    expected_mb: float = 0.0
    message: str = "Choosing versions"
    _wanted: set[str] = field(default_factory=set)
    _fetched: set[str] = field(default_factory=set)
    _current: str = ""
    _share: float = 0.0  # of the current download
    _is_installing: bool = False
    _best: float = 0.0

    def read(self, line: str) -> None:
        """Take note of a line; an empty one only tells that time has passed."""
        word, _, rest = line.strip().partition(" ")
        if word == "Progress":
            here, total = (int(number) for number in re.findall(r"\d+", rest))
            self._share = here / max(total, 1)
            self.message = f"Downloading {self._current} ({here >> 20} of {total >> 20} MB)"
        elif word == "Installing":
            self._fetched |= self._wanted
            self._is_installing = True
        elif word in {"Collecting", "Processing", "Downloading", "Using"}:
            self._take(word, rest.replace("cached ", "").split(" ")[0])

    def fraction(self) -> float:
        """Return how far pip is, 0 to 1; it never goes back."""
        here = _weight(self._fetched) + _weight({self._current} - self._fetched) * self._share
        placed = self._placed() if self._is_installing else set()
        if placed:
            self.message = f"Installing ({len(placed)} of {len(self._wanted)} packages)"
        total = _weight(self._wanted)
        if not self._is_installing:
            total = max(total, self.expected_mb)
        done = 0.6 * here + 0.4 * _weight(placed)
        self._best = max(self._best, min(done / max(total, 1.0), 1.0))
        return self._best

    def _take(self, word: str, what: str) -> None:
        if what.endswith(".metadata"):
            return
        name = _package(what)
        self._wanted.add(name)
        if word == "Downloading":
            self._fetched |= {self._current} & self._wanted
            self._current, self._share = name, 0.0
            self.message = f"Downloading {name}"
        elif word != "Collecting":
            self._fetched.add(name)

    def _placed(self) -> set[str]:
        sites = [*self.folder.glob("lib/python*"), self.folder / "Lib"]
        found = (path for site in sites for path in site.glob("site-packages/*.dist-info"))
        return {_package(path.name) for path in found} & self._wanted


def explained(lines: list[str]) -> str:
    """Return the sentence about what pip said when it failed."""
    text = "\n".join(lines)
    for pattern, advice in _ADVICE.items():
        if re.search(pattern, text):
            return advice
    errors = [line for line in lines if re.match(r"ERROR|\w*Error", line)] or lines[-1:]
    return errors[-1] if errors else "A program ended without a word; try again."


def _package(text: str) -> str:
    """Return the normalised name in a requirement, a file name or a path."""
    name = re.match(r"[\w.-]*?(?=-\d|[^\w.-]|$)", re.split(r"[\\/]", text)[-1])
    return re.sub(r"[-_.]+", "-", name[0]).lower() if name else ""


def _weight(packages: set[str]) -> float:
    families = (package.split("-", maxsplit=1)[0] for package in packages)
    return float(sum(_LARGE_MB.get(family, _SMALL_MB) for family in families))


def _start(command: list[str], variables: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a program without a window, in a process group of its own."""
    return subprocess.Popen(  # noqa: S603 - a list, and no shell  # nosec B603
        command,
        env={**clean_environment(), **(variables or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def _lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    """Yield the lines of a program until it ends, and "" whenever it is silent."""
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def pump() -> None:
        for line in process.stdout or ():
            lines.put(line.rstrip())
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=POLL_S)
        except queue.Empty:
            line = ""
        if line is None:
            process.wait()
            return
        yield line


def _stop(process: subprocess.Popen[str]) -> None:
    """Make sure that a program and its children have ended."""
    if process.poll() is None:
        with suppress(OSError):
            if os.name == "nt":
                killer = Path(os.environ["SYSTEMROOT"], "System32", "taskkill.exe")
                _start([str(killer), "/F", "/T", "/PID", str(process.pid)]).wait()
            else:
                os.killpg(process.pid, signal.SIGKILL)
    process.wait()
