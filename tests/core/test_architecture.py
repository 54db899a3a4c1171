"""The arrows of the architecture, enforced.

The layers are those that the design draws. Two readings of the drawing are possible for the dock;
this is the one that is held: the dock lies above the controllers, so its presenters may know them,
and no controller knows the dock. Modules of one layer do not know each other, in the plugin as in
the engine. Imports inside functions count like all others.
"""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ENGINE_LAYERS = (
    {"__main__"},
    {"cli"},
    {"arguments"},
    {"service"},
    {"jobs"},
    {"simulation"},
    {"training", "inference", "export", "accuracy"},
    {"strategies", "models"},
    {"geo", "project"},
    {"scoring", "diversity", "balance"},
    {"config", "legend", "coords", "progress"},
    {"errors"},
)
PLUGIN_LAYERS = (
    {"main"},
    {"workbench"},
    {"dock", "processing"},
    {"controllers"},
    {"maptools", "overlays", "engine", "bridge"},
    {"settings", "messages"},
)
LIGHT = {  # of al_core: numpy and the standard library, so that QGIS can import them
    *("errors", "progress", "coords", "config", "legend", "project"),
    *("scoring", "diversity", "balance", "strategies", "service.protocol"),
}
TORCH = {"torch", "torchvision", "segmentation_models_pytorch"}
GDAL = {"rasterio", "geopandas", "pyogrio", "fiona", "shapely"}
QT = {"qgis", "PyQt5", "PyQt6", "osgeo"}
HEAVY = TORCH | GDAL | {"safetensors", "scipy", "sklearn", "pandas"}
HOST = "plugin/engine/hosted.py"  # runs the engine inside QGIS, if the user asks for it
IFACE = {"__init__.py", "plugin/main.py"}


@dataclass(frozen=True)
class Module:
    """A source file and the dotted names that it imports, relative ones counted from the root."""

    path: str
    tree: ast.Module

    @property
    def room(self):
        """The package or module below al_core or plugin that this file belongs to."""
        parts = self.path.removesuffix(".py").split("/")
        return parts[1] if len(parts) > 1 else parts[0]

    @property
    def is_light(self):
        return self.room in LIGHT or self.path == "al_core/service/protocol.py"

    def imports(self, *, relative=True):
        folder = self.path.split("/")[:-1]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and (relative or not node.level):
                base = folder[: len(folder) - node.level + 1] if node.level else []
                base = [*base, node.module] if node.module else base
                yield from (".".join([*base, alias.name]) for alias in node.names)

    def tops(self, *, relative=True):
        return {name.split(".")[0] for name in self.imports(relative=relative)}

    def rooms_of(self, package):
        """The rooms of al_core or plugin that this file imports; the package itself is none."""
        parts = (name.split(".") for name in self.imports())
        return {found[1] for found in parts if found[0] == package and found[1] != "__version__"}


def modules(root):
    files = [
        root / "__init__.py",
        *(root / "al_core").rglob("*.py"),
        *(root / "plugin").rglob("*.py"),
    ]
    for file in files:
        if file.is_file():
            tree = ast.parse(file.read_text(encoding="utf-8"))
            yield Module(file.relative_to(root).as_posix(), tree)


def violations(root):
    """Return a sentence for every arrow that points the wrong way."""
    return [f"{module.path} {what}" for module in modules(root) for what in wrongs(module)]


def wrongs(module):
    yield from misuse_of_iface(module)
    if module.path.startswith("al_core/"):
        yield from wrongs_in_the_engine(module)
    if module.path.startswith("plugin/"):
        yield from wrongs_in_the_plugin(module)


def wrongs_in_the_engine(module):
    yield from against_the_layers(module, "al_core", ENGINE_LAYERS)
    outside = module.tops() & (QT | {"plugin"}) | module.tops(relative=False) & {
        "al_core",
        "landloop",
    }
    yield from (f"imports {name}" for name in outside)
    if module.room not in {"models", "training", "inference"}:
        yield from (f"imports {name}" for name in module.tops() & TORCH)
    if module.room not in {"geo", "export"}:
        yield from (f"imports {name}" for name in module.tops() & GDAL)
    if module.is_light:
        known = sys.stdlib_module_names | {"numpy", "al_core"}
        yield from (f"is light but imports {name}" for name in module.tops() - known)
        heavy = (room for room in module.rooms_of("al_core") if room not in LIGHT | {"service"})
        yield from (f"is light but imports al_core.{room}" for room in heavy)


def wrongs_in_the_plugin(module):
    yield from against_the_layers(module, "plugin", PLUGIN_LAYERS)
    forbidden = HEAVY | {"PyQt5", "PyQt6"}
    if module.room == "maptools":
        forbidden = forbidden | {"numpy", "al_core"}
    yield from (f"imports {name}" for name in module.tops() & forbidden)
    if module.path == HOST:
        return
    for name in module.imports():
        room = name.removeprefix("al_core.")
        if room != name and not any(f"{room}.".startswith(f"{light}.") for light in LIGHT):
            yield f"reaches into al_core.{room}"
    called = {node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    names = {getattr(func, "attr", getattr(func, "id", "")) for func in called}
    yield from (f"calls {name}" for name in names & {"import_module", "__import__"})


def against_the_layers(module, package, layers):
    level = {room: number for number, rooms in enumerate(layers) for room in rooms}
    if module.room == "__init__":
        return
    if module.room not in level:
        yield f"has no place among the layers of {package}"
        return
    for room in module.rooms_of(package) - {module.room}:
        if room not in level:
            yield f"imports {package}.{room}, which has no place among the layers"
        elif level[room] <= level[module.room]:
            yield f"imports {package}.{room}, which is not below it"


def misuse_of_iface(module):
    if module.path in IFACE:
        return
    for node in ast.walk(module.tree):
        names = {getattr(node, field, None) for field in ("id", "attr", "arg", "name")}
        if names & {"iface", "_iface"}:
            yield "uses iface"


def test_every_arrow_of_this_repository_points_down():
    assert violations(ROOT) == []


def test_the_rooms_that_the_layers_name_are_looked_at():
    assert {module.room for module in modules(ROOT)} >= {"project", "errors", "engine", "settings"}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("al_core/jobs/training.py", "from ..training import loop\nfrom .init import x"),
        ("al_core/jobs.py", "def train():\n    from .training import fit"),
        ("al_core/models/network.py", "import torch\nfrom ..errors import TrainingError"),
        ("al_core/geo/reader.py", "import rasterio\nfrom ..coords import Window"),
        ("al_core/scoring/entropy.py", "import numpy as np\nimport math\nfrom .. import errors"),
        ("al_core/service/engine.py", "from .. import __version__, jobs\nfrom . import protocol"),
        ("plugin/main.py", "from .dock import landloop_dock\niface = None"),
        ("plugin/dock/presenter.py", "from ..controllers.queue import QueueController"),
        ("plugin/controllers/queue.py", "from ..engine.task import EngineTask\nimport numpy"),
        ("plugin/overlays/label_overlay.py", "from ...al_core.project import PaintSurface"),
        ("plugin/engine/client.py", "from ...al_core.service import protocol"),
        ("plugin/engine/hosted.py", "from ...al_core.service.engine import Engine"),
        ("plugin/bridge.py", "from ..al_core import coords\nfrom qgis.PyQt.QtCore import Qt"),
        ("__init__.py", "def classFactory(iface):\n    from .plugin.main import LandLoopPlugin"),
    ],
)
def test_what_the_design_allows_is_allowed(tmp_path, path, source):
    assert violations(tree(tmp_path, path, source)) == []


@pytest.mark.parametrize(
    ("path", "source", "what"),
    [
        ("al_core/errors.py", "from .coords import RowCol", "which is not below it"),
        ("al_core/config.py", "from . import legend", "al_core.legend, which is not below it"),
        ("al_core/geo/reader.py", "from ..inference import scan", "which is not below it"),
        ("al_core/geo/reader.py", "from ..project import ImageRecord", "which is not below it"),
        ("al_core/training/loop.py", "from ..inference.scan import x", "which is not below it"),
        ("al_core/project/labels.py", "def f():\n    from ..geo import x", "not below it"),
        ("al_core/jobs.py", "from .service import protocol", "which is not below it"),
        ("al_core/wizardry.py", "", "has no place among the layers"),
        ("al_core/jobs.py", "from . import wizardry", "has no place among the layers"),
        ("al_core/geo/reader.py", "from qgis.core import QgsRasterLayer", "imports qgis"),
        ("al_core/geo/reader.py", "from osgeo import gdal", "imports osgeo"),
        ("al_core/jobs.py", "from al_core.errors import AlCoreError", "imports al_core"),
        ("al_core/jobs.py", "import plugin.settings", "imports plugin"),
        ("al_core/jobs.py", "def f():\n    import torch", "imports torch"),
        ("al_core/geo/reader.py", "from torchvision.ops import nms", "imports torchvision"),
        ("al_core/models/network.py", "import rasterio.windows", "imports rasterio"),
        ("al_core/project/labels.py", "import pandas", "is light but imports pandas"),
        ("al_core/strategies/dcau.py", "from ..models import x", "which is not below it"),
        ("al_core/strategies/dcau.py", "from ..geo import x", "is light but imports al_core.geo"),
        ("al_core/service/protocol.py", "from .. import jobs", "light but imports al_core.jobs"),
        ("plugin/controllers/queue.py", "from ..dock.rows import QueueRow", "not below it"),
        ("plugin/dock/work_panel.py", "from ..main import LandLoopPlugin", "not below it"),
        ("plugin/dock/work_panel.py", "from ..processing import provider", "not below it"),
        ("plugin/overlays/label_overlay.py", "from .. import bridge", "not below it"),
        ("plugin/maptools/paint_tool.py", "from ..controllers import x", "not below it"),
        ("plugin/settings.py", "from .messages import tr", "not below it"),
        ("plugin/wizard.py", "", "has no place among the layers"),
        ("plugin/controllers/training.py", "import torch", "imports torch"),
        ("plugin/bridge.py", "def f():\n    import rasterio", "imports rasterio"),
        ("plugin/dock/chart.py", "from PyQt5.QtWidgets import QWidget", "imports PyQt5"),
        ("plugin/maptools/paint_tool.py", "import numpy as np", "imports numpy"),
        ("plugin/maptools/paint_tool.py", "from ...al_core import errors", "imports al_core"),
        ("plugin/bridge.py", "from ..al_core import geo", "reaches into al_core.geo"),
        ("plugin/bridge.py", "from ..al_core.jobs import train", "reaches into al_core.jobs"),
        ("plugin/engine/client.py", "from ...al_core.service import engine", "reaches into"),
        ("plugin/bridge.py", "from importlib import import_module\nimport_module('x')", "calls"),
        ("plugin/bridge.py", "from qgis.utils import iface", "uses iface"),
        ("plugin/dock/chart.py", "def f(dock):\n    return dock._iface", "uses iface"),
        ("plugin/dock/chart.py", "def f(iface):\n    pass", "uses iface"),
    ],
)
def test_an_arrow_that_points_the_wrong_way_is_found(tmp_path, path, source, what):
    found = violations(tree(tmp_path, path, source))
    assert any(what in sentence for sentence in found), found
    assert all(sentence.startswith(path) for sentence in found)


def tree(folder, path, source):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return folder
