"""Write the demo scene: imagery and truth that ship with the product."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..config import DemoConfig
from ..coords import GeoTransform, Window
from ..errors import ConfigError, explain_disk_errors
from ..export.style import write_legend_sidecars
from ..geo.writer import MapFormat, MapWriter
from ..progress import Progress, checkpoint
from ..project import ImageRecord
from ..simulation.landscape import Landscape, landscape
from .options import check_at_least
from .results import DemoResult

# ETRS89 / UTM zone 32N; the place is invented.
CRS_WKT = (
    'PROJCS["ETRS89 / UTM zone 32N",GEOGCS["ETRS89",'
    'DATUM["European_Terrestrial_Reference_System_1989",'
    'SPHEROID["GRS 1980",6378137,298.257222101,AUTHORITY["EPSG","7019"]],'
    'AUTHORITY["EPSG","6258"]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],'
    'AUTHORITY["EPSG","4258"]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",9],'
    'PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],'
    'PARAMETER["false_northing",0],UNIT["metre",1],AXIS["Easting",EAST],'
    'AXIS["Northing",NORTH],AUTHORITY["EPSG","25832"]]'
)
ORIGIN = GeoTransform(x0=560_000.0, y0=5_930_000.0, dx=1.0, dy=-1.0)


def write(folder: Path, config: DemoConfig, progress: Progress) -> DemoResult:
    """Write scene.tif, labels.tif and legend.csv."""
    result = DemoResult(folder / "scene.tif", folder / "labels.tif", folder / "legend.csv")
    there = [path for path in (result.scene, result.labels, result.legend) if path.exists()]
    if there:
        raise ConfigError(f"{there[0]} is there already; choose another folder or remove it.")
    check_at_least(0, seed=config.seed)
    checkpoint(progress, 0.0, "Making a landscape")
    land = landscape(config.size_px, config.seed)
    checkpoint(progress, 0.8, "Writing the landscape")
    with explain_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        _write(result, land, config.size_px)
    except BaseException:
        with suppress(OSError):
            folder.rmdir()  # if there is nothing else in it
        raise
    return result


def _write(result: DemoResult, land: Landscape, size_px: int) -> None:
    grid = _grid(size_px)
    whole = Window(0, 0, grid.height, grid.width)
    colors = {entry.value: entry.rgb for entry in land.legend}
    with (
        MapWriter(result.scene, grid, MapFormat(count=3)) as scene,
        MapWriter(result.labels, grid, MapFormat(colors=colors)) as labels,
    ):
        scene.write(whole, land.rgb)
        labels.write(whole, land.labels)
    write_legend_sidecars(result.labels, land.legend)
    land.legend.to_csv(result.legend)


def _grid(size_px: int) -> ImageRecord:
    return ImageRecord(
        id=1,
        path="",
        name="scene",
        height=size_px,
        width=size_px,
        crs_wkt=CRS_WKT,
        transform=ORIGIN,
        dtype="uint8",
        nodata=None,
        first_tile=0,
        tile_count=0,
    )
