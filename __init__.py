"""LandLoop: land-cover maps with few labels, inside QGIS."""


def classFactory(iface):  # noqa: ANN001, ANN201 - called by QGIS
    """Return the plugin; QGIS calls this when it loads it."""
    from .plugin.main import LandLoopPlugin  # noqa: PLC0415 - costs nothing until asked

    return LandLoopPlugin(iface)
