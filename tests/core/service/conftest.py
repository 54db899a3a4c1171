"""The repository root as the package `landloop`, as QGIS sees it."""

import importlib.util
import sys
from pathlib import Path

PACKAGE = "landloop"  # the folder name in the zip, whatever the checkout is called
ROOT = Path(__file__).resolve().parents[3]


def _load_package():
    spec = importlib.util.spec_from_file_location(
        PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])


if PACKAGE not in sys.modules:
    _load_package()
