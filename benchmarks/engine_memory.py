"""Peak memory of prediction on a small and on a large raster, each in a process of its own.

What counts is the resident memory above that of the process with the network loaded. Run on
Linux with the engine's Python from the repository root; the large raster takes some minutes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio
from report import report

from al_core import jobs
from al_core.config import DemoConfig, InitConfig, LabelConfig, PredictConfig, TrainConfig
from al_core.jobs.networks import current_round, load_forward
from al_core.legend import Legend
from al_core.progress import Silent
from al_core.project import Access, Project

SIDES_PX = (2_000, 12_000)


def main() -> None:
    """Measure each size in a child process and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--child", type=Path)
    parser.add_argument("--sides", type=int, nargs="*", default=SIDES_PX)
    arguments = parser.parse_args()
    if arguments.child:
        predict(arguments.child)
        return
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        demo = jobs.write_demo(Path(folder) / "demo", DemoConfig(size_px=1000), Silent())
        for side in arguments.sides:
            project = prepare(Path(folder), demo, side)
            child = [sys.executable, __file__, "--child", str(project)]
            done = subprocess.run(child, capture_output=True, text=True, check=True)
            figures |= {
                f"{name}_{side}px": value for name, value in json.loads(done.stdout).items()
            }
    report("Memory of predict", figures)


def prepare(folder: Path, demo: object, side: int) -> Path:
    """Make a raster by repeating the demo scene, a project over it, and one short round."""
    scene, labels = (folder / f"{name}_{side}.tif" for name in ("scene", "labels"))
    repeat(Path(demo.scene), scene, side)
    repeat(Path(demo.labels), labels, side)
    where = folder / f"p{side}.landloop"
    legend = Legend.from_csv(Path(demo.legend))
    jobs.create_project(where, legend, InitConfig((str(scene),), validation_share=0.01), Silent())
    with Project.open(where) as project:
        jobs.import_labels(project, LabelConfig(str(labels), random=4), Silent())
        jobs.train(project, TrainConfig(steps=2), Silent())
    return where


def repeat(source: Path, target: Path, side: int) -> None:
    """Write a raster of side x side pixels that repeats another, strip by strip."""
    with rasterio.open(source) as image:
        values = image.read()
        profile = {**image.profile, "height": side, "width": side, "tiled": True}
        profile |= {"blockxsize": 256, "blockysize": 256}
    step = values.shape[1]
    columns = np.arange(side) % values.shape[2]
    with rasterio.open(target, "w", **profile) as out:
        for row in range(0, side, step):
            strip = values[:, : min(step, side - row), columns]
            place = rasterio.windows.Window(0, row, side, strip.shape[1])
            out.write(strip, window=place)


def predict(folder: Path) -> None:
    """Predict in this process and print its memory as JSON."""
    with Project.open(folder, Access.SHARED) as project:
        forward = load_forward(current_round(project).folder, PredictConfig().device)
        # One small window, so that the network's own working memory is counted as loaded.
        forward.run(np.zeros((1, len(project.settings.bands), 64, 64), np.float32))
        del forward  # the verb loads the network again
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
        before = memory_mb("VmRSS")
        started = time.perf_counter()
        jobs.predict(project, PredictConfig(), Silent())
        seconds = time.perf_counter() - started
        image = project.images[0]
    figures = {
        "predict_extra_memory_mb": memory_mb("VmHWM") - before,
        "predict_mpx_per_s": image.height * image.width / 1e6 / seconds,
    }
    print(json.dumps(figures))


def memory_mb(name: str) -> float:
    """Return a line of the process's status: VmRSS is resident now, VmHWM was at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) / 1024


if __name__ == "__main__":
    main()
