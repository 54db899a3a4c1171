"""Where on the map a raster or layer lies, and whether two of them overlap."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from ..coords import RowCol
from .rasters import GDAL_ERRORS, RasterSource, crs_of


@dataclass(frozen=True)
class Extent:
    """A rectangle in map units; a south-up raster may give its edges in any order."""

    crs: CRS
    left: float
    bottom: float
    right: float
    top: float

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The least x, least y, greatest x and greatest y."""
        xs, ys = sorted((self.left, self.right)), sorted((self.bottom, self.top))
        return xs[0], ys[0], xs[1], ys[1]

    def bounds_in(self, crs: CRS) -> tuple[float, float, float, float] | None:
        """Return the bounds in another CRS, or None where that has no such place."""
        try:
            bounds = transform_bounds(self.crs, crs, *self.bounds)
        except GDAL_ERRORS:
            return None
        return bounds if all(math.isfinite(edge) for edge in bounds) else None


def extent_of(image: RasterSource) -> Extent:
    """Return where an image lies."""
    left, top = image.transform.to_map(RowCol(0, 0))
    right, bottom = image.transform.to_map(RowCol(image.height, image.width))
    return Extent(crs_of(image), left, bottom, right, top)


def overlap(one: Extent, other: Extent) -> bool:
    """Tell whether two extents share an area; where neither CRS can tell, assume it."""
    for first, second in ((one, other), (other, one)):
        moved = first.bounds_in(second.crs)
        if moved is not None:
            left, bottom, right, top = second.bounds
            return moved[0] < right and moved[2] > left and moved[1] < top and moved[3] > bottom
    return True
