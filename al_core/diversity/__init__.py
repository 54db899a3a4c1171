"""Choosing tiles that differ: feature vectors in, row numbers out."""

from .badge import badge
from .clusters import cluster_pick
from .distances import centred, nearest, unit_rows
from .farthest import farthest_points, spread_out
from .herding import SAMPLE_ROWS, herding, median_distance
from .kmeans import kmeans
from .likeness import likeness, most_alike
from .mcfps import mcfps, unsure_points
from .odd import loneliness, odd_ones, outlying, typicality
from .osal import cluster_seats, clustered_points, osal
from .pca import principal_plane
from .silhouette import natural_clusters, silhouettes
from .tsne import tsne

__all__ = [
    "SAMPLE_ROWS",
    "badge",
    "centred",
    "cluster_pick",
    "cluster_seats",
    "clustered_points",
    "farthest_points",
    "herding",
    "kmeans",
    "likeness",
    "loneliness",
    "mcfps",
    "median_distance",
    "most_alike",
    "natural_clusters",
    "nearest",
    "odd_ones",
    "osal",
    "outlying",
    "principal_plane",
    "silhouettes",
    "spread_out",
    "tsne",
    "typicality",
    "unit_rows",
    "unsure_points",
]
