"""Opens the real QGIS with LandLoop in a profile of its own; `make run` calls this.

With a display the analyst works. Without one, Xvfb stands in for the screen and a
scripted analyst for the human (analyst.py), and the result lies in build/demo.

Needs the standard library only, and QGIS on the machine.
"""

import argparse
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "plugin" / "engine"))

import environment  # noqa: E402 - the plugin's own code, which runs without QGIS

SCREEN = "1600x1000x24"
PROFILE = "landloop"
DEMO_TILE_PX = 128  # small tiles are quick to paint, and quick to learn from without a GPU
FIRST_TILES = 16  # drawn at random, for the analyst's first strokes
INI = """[PythonPlugins]
landloop=true

[qgis]
checkVersion=false
newsFeed/feeds.qgis.org/disabled=true

[app]
news-feed/items/httpsfeedqgisorg/disabled=true

[plugins]
checkOnStart=false
"""

IMPATIENT = "[landloop]\ntrain\\minutes=2.5\n"  # the scripted analyst's, so that a demo ends


def say(text):
    """Show progress on the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main():
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", type=Path, help="your own raster")
    parser.add_argument("--legend", type=Path, help="its legend: value,name,color")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "demo")
    arguments = parser.parse_args()
    if bool(arguments.scene) != bool(arguments.legend):
        sys.exit("Give SCENE and LEGEND together: make run SCENE=my.tif LEGEND=my.csv")
    try:
        run(arguments)
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)


def run(arguments):
    """Prepare whatever is missing, then open QGIS."""
    install_engine()
    home = environment.data_folder() / "desktop"
    if arguments.scene:
        project, labels = own_project(home, arguments.scene.resolve(), arguments.legend.resolve())
    elif has_display():
        project, labels = demo_project(home / "demo")
    else:
        shutil.rmtree(arguments.out, ignore_errors=True)  # the scripted analyst starts afresh
        project, labels = demo_project(arguments.out / "work")
    if has_display():
        write_profile(home / "profiles")
        say(f"Opening QGIS with {project}")
        sys.exit(subprocess.call(qgis_command(home), env=qgis_environment(project)))
    if labels is None:
        sys.exit("There is no display to show your scene on; set DISPLAY and run again.")
    home = arguments.out / "work"
    write_profile(home / "profiles", IMPATIENT)
    with virtual_screen() as display:
        analyse(home, project, labels, arguments.out, display)


def has_display():
    """Tell whether there is a screen."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def install_engine():
    """Create the engine's environment by the code that the plugin uses."""
    if not environment.is_complete():
        say("Creating the engine's environment (some minutes, once)")
        script = ROOT / "plugin" / "engine" / "environment.py"
        subprocess.run([sys.executable, str(script), "install"], check=True)


def engine(*arguments):
    """Run one verb of the engine."""
    command = [str(environment.python_path()), "-m", "al_core", *map(str, arguments)]
    subprocess.run(command, cwd=ROOT, env=environment.clean_environment(), check=True)


def demo_project(folder):
    """Return the demo project and its reference labels, making them if need be."""
    project, labels = folder / "demo.landloop", folder / "labels.tif"
    if project.exists():
        return project, labels
    say("Writing the demo scene")
    engine("demo", folder)
    scene, legend = folder / "scene.tif", folder / "legend.csv"
    engine("init", project, "--image", scene, "--legend", legend, "--tile", DEMO_TILE_PX)
    engine("label", project, "--from", labels, "--validation")
    engine("query", project, "--strategy", "random", "--count", FIRST_TILES)
    return project, labels


def own_project(home, scene, legend):
    """Return the project over one's own raster, making it if need be."""
    key = hashlib.sha256(f"{scene}|{legend}".encode()).hexdigest()[:8]
    project = home / "projects" / f"{scene.stem}-{key}.landloop"
    if not project.exists():
        project.parent.mkdir(parents=True, exist_ok=True)
        engine("init", project, "--image", scene, "--legend", legend)
        engine("query", project, "--strategy", "random", "--count", FIRST_TILES)
    return project, None


def write_profile(folder, more=""):
    """Write a QGIS profile that has the plugin, by a link, and nothing of the user's."""
    plugins = folder / "profiles" / PROFILE / "python" / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    link = plugins / "landloop"
    if link.is_symlink():
        link.unlink()
    link.symlink_to(ROOT, target_is_directory=True)
    settings = folder / "profiles" / PROFILE / "QGIS" / "QGIS3.ini"
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(INI + more, encoding="utf-8")


def qgis_command(home):
    """Return the command that opens QGIS in our profile."""
    return [
        "qgis",
        "--nologo",
        "--noversioncheck",
        "--profiles-path",
        str(home / "profiles"),
        "--profile",
        PROFILE,
        "--code",
        str(Path(__file__).with_name("startup.py")),
    ]


def qgis_environment(project, **more):
    """Return the environment that tells startup.py what to open."""
    told = {"LANDLOOP_PROJECT": str(project), "LANDLOOP_SCRIPTS": str(Path(__file__).parent)}
    return {**os.environ, **told, **more}


@contextmanager
def virtual_screen():
    """Start Xvfb with a window manager; yield the name of the display."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        display = f":{pipe.readline().strip()}"
    manager = subprocess.Popen(
        ["openbox"], env={**os.environ, "DISPLAY": display}, stderr=subprocess.DEVNULL
    )
    try:
        yield display
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait()


def analyse(home, project, labels, out, display):
    """Let the scripted analyst work, and pass on what came of it."""
    out.mkdir(parents=True, exist_ok=True)
    say("No display: a scripted analyst works in QGIS on a virtual screen (some minutes)")
    plan = {"labels": str(labels), "out": str(out), "engine": str(environment.python_path())}
    told = qgis_environment(project, LANDLOOP_ANALYST=json.dumps(plan), DISPLAY=display)
    with (out / "qgis.log").open("wb") as log:
        process = subprocess.Popen(qgis_command(home), env=told, stderr=log, start_new_session=True)
        try:
            code = process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    summary = out / "summary.md"
    if code or not summary.exists():
        sys.exit(f"The analyst did not finish (exit code {code}); see {out / 'qgis.log'}.")
    say(summary.read_text(encoding="utf-8"))
    say(f"Screenshots, the map and this summary are in {out}")


if __name__ == "__main__":
    main()
