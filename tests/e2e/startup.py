"""Run by QGIS at its start (--code): opens the project that the environment names."""

import json
import os
import sys
from pathlib import Path

from qgis.PyQt.QtCore import QTimer
from qgis.utils import iface, plugins

# QGIS executes the text of this file: there is no __file__.
sys.path.insert(0, os.environ["LANDLOOP_SCRIPTS"])


def start():
    """Open the dock and the project; let the analyst begin if one is wanted."""
    plugin = plugins["landloop"]
    plugin.show_dock()
    plugin.open_project(Path(os.environ["LANDLOOP_PROJECT"]))
    iface.mainWindow().showMaximized()
    if "LANDLOOP_ANALYST" in os.environ:
        from analyst import Analyst

        # QGIS keeps no reference to what a script makes.
        plugin.analyst = Analyst(
            plugin.workbench, iface, json.loads(os.environ["LANDLOOP_ANALYST"])
        )
        plugin.analyst.start()
    if "LANDLOOP_TAGGER" in os.environ:
        from tagger import Tagger

        plugin.analyst = Tagger(plugin.workbench, iface, json.loads(os.environ["LANDLOOP_TAGGER"]))
        plugin.analyst.start()


QTimer.singleShot(500, start)
