"""Every user preference, declared in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from qgis.core import QgsSettings

Value = TypeVar("Value", str, int, float, bool)


@dataclass(frozen=True)
class Preference(Generic[Value]):
    """One preference: its key below "landloop/", its default, and what it is for."""

    key: str
    default: Value
    purpose: str

    def get(self) -> Value:
        """Return the stored value, or the default."""
        kind = type(self.default)
        return kind(QgsSettings().value(f"landloop/{self.key}", self.default, type=kind))

    def set(self, value: Value) -> None:
        """Store a value."""
        QgsSettings().setValue(f"landloop/{self.key}", value)


HOST = Preference("engine/host", "process", "process, or hosted: inside QGIS's own Python")
ENCODER = Preference("train/encoder", "mobilenet_v2", "encoder of the network")
DECODER = Preference("train/decoder", "unet", "unet or light")
WEIGHTS = Preference("train/weights", "", "none, a safetensors file, or imagenet")
RECIPE = Preference("train/recipe", "quick", "quick, plus or paper")
START = Preference("train/start", "warm", "warm, cold or shrink_perturb")
MINUTES = Preference("train/minutes", 5.0, "time limit of one training")
DEVICE = Preference("train/device", "auto", "auto, cpu or cuda")
STRATEGY = Preference("query/strategy", "dcau_plus", "query strategy")
COUNT = Preference("query/count", 20, "tiles chosen by one query")
ALPHA = Preference("query/alpha", 0.5, "exponent of the class gaps")
GAMMA = Preference("query/gamma", 0.5, "standard deviations above the mean")
GAMMA_MODE = Preference("query/gamma_mode", "fixed", "fixed, schedule or feedback")
QUOTAS = Preference("query/quotas", "", "how a batch is divided among the classes")
GAP_SOURCE = Preference("query/gap_source", "auto", "which labels class gaps are measured on")
ROUNDS = Preference("query/rounds", 10, "rounds that are planned")
HINT = Preference("query/hint", True, "outline where in a tile to paint first")  # noqa: FBT003
WHY_OPEN = Preference("query/why_open", True, "show why a tile was chosen")  # noqa: FBT003
CHOICE_OPEN = Preference("query/choice_open", False, "show how tiles are chosen")  # noqa: FBT003
BRUSH_SIZE = Preference("paint/size_px", 12, "diameter of the brush in image pixels")
TAG_GO_ON = Preference("tag/go_on", False, "after a tag go to the next tile")  # noqa: FBT003
PICTURE_PX = Preference("gallery/picture_px", 96, "side of the pictures in the gallery")
RECENT_FOLDER = Preference("recent/folder", "", "where the last project lies")
EXPORT_FOLDER = Preference("recent/export", "", "where the last map was exported to")
