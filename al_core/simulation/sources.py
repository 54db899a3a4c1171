"""Which images and labels a simulation is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import SimulateConfig
from ..errors import ConfigError
from ..legend import Legend, LegendClass

SUFFIXES = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
_NAMED = 5  # files named in a sentence

OPENEARTHMAP = Legend(
    (
        LegendClass(0, "Background", "#000000"),
        LegendClass(1, "Bareland", "#800000"),
        LegendClass(2, "Rangeland", "#00ff24"),
        LegendClass(3, "Developed space", "#949494"),
        LegendClass(4, "Road", "#ffffff"),
        LegendClass(5, "Tree", "#226126"),
        LegendClass(6, "Water", "#0045ff"),
        LegendClass(7, "Agriculture land", "#4bb549"),
        LegendClass(8, "Building", "#de1f07"),
    )
)


@dataclass(frozen=True)
class Pair:
    """An image and its labels; `held_out` keeps the image out of the pool."""

    image: Path
    labels: Path
    held_out: bool = False


@dataclass(frozen=True)
class Sources:
    """What a simulation reads; `notes` tell what was left out."""

    pairs: tuple[Pair, ...]
    legend: Legend
    notes: tuple[str, ...] = ()


def find_sources(config: SimulateConfig) -> Sources:
    """Return the pairs of images and labels, and the legend.

    Raises:
        ConfigError: Not exactly one kind of source, or files that do not pair up (listed).
        LegendError: The legend cannot be read.
    """
    _check_one_kind(config)
    if config.openearthmap:
        found, notes = _openearthmap(Path(config.openearthmap))
        legend = Legend.from_csv(Path(config.legend)) if config.legend else OPENEARTHMAP
        return Sources(found, legend, notes)
    if not config.legend:
        raise ConfigError("No legend is given; name a CSV file with the columns value,name,color.")
    legend = Legend.from_csv(Path(config.legend))
    if config.images_folder:
        pairs = _folders(Path(config.images_folder), Path(config.masks_folder))
    else:
        pairs = _listed(config.images, config.labels)
    return Sources(pairs, legend)


def _check_one_kind(config: SimulateConfig) -> None:
    kinds = (
        bool(config.images or config.labels),
        bool(config.images_folder or config.masks_folder),
        bool(config.openearthmap),
    )
    if sum(kinds) != 1:
        raise ConfigError(
            "Say in one way what to read: --image with --labels, --images with --masks, or "
            "--openearthmap."
        )
    if bool(config.images_folder) != bool(config.masks_folder):
        raise ConfigError("Name both folders, --images and --masks.")


def _listed(images: Sequence[str], labels: Sequence[str]) -> tuple[Pair, ...]:
    if len(images) != len(labels):
        raise ConfigError(
            f"There are {len(images)} image(s) but {len(labels)} label raster(s); give each "
            "--image its --labels, in the same order."
        )
    return tuple(Pair(Path(a), Path(b)) for a, b in zip(images, labels, strict=True))


def _folders(images: Path, masks: Path) -> tuple[Pair, ...]:
    return _paired(_by_stem(images), _by_stem(masks))


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}; choose one with images.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    found: dict[str, Path] = {}
    for path in files:
        if path.stem in found:
            raise ConfigError(
                f"{found[path.stem].name} and {path.name} have the same name in {folder}; keep "
                "one of them."
            )
        found[path.stem] = path
    if not found:
        raise ConfigError(f"{folder} holds no {', '.join(SUFFIXES)} file; choose another folder.")
    return found


def _paired(images: Mapping[str, Path], masks: Mapping[str, Path]) -> tuple[Pair, ...]:
    alone = [
        *_alone("images without a mask", images.keys() - masks.keys()),
        *_alone("masks without an image", masks.keys() - images.keys()),
    ]
    if alone:
        raise ConfigError(
            f"Images and masks do not pair up by name: {'; '.join(alone)}. Rename or remove them."
        )
    return tuple(Pair(images[stem], masks[stem]) for stem in sorted(images))


def _alone(what: str, stems: Iterable[str]) -> list[str]:
    names = sorted(stems)
    if not names:
        return []
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return [f"{what} are {', '.join(names[:_NAMED])}{more}"]


def _openearthmap(root: Path) -> tuple[tuple[Pair, ...], tuple[str, ...]]:
    """Return the pairs below <region>/images and <region>/labels.

    Where train.txt and val.txt are there, only what they list counts, and what val.txt lists
    stays out of the pool.
    """
    images = _region_files(root, "images")
    labels = _region_files(root, "labels")
    train, held = _list_of(root / "train.txt"), _list_of(root / "val.txt")
    if train is not None and held is not None:
        wanted = train | held
        images = {name: path for name, path in images.items() if path.name in wanted}
        labels = {name: path for name, path in labels.items() if path.name in wanted}
        pairs = _paired(images, labels)
        kept = tuple(Pair(pair.image, pair.labels, pair.image.name in held) for pair in pairs)
        return kept, ()
    unlabelled = sorted(images.keys() - labels.keys())
    pairs = _paired({name: images[name] for name in images if name not in unlabelled}, labels)
    if not unlabelled:
        return pairs, ()
    return pairs, (f"{len(unlabelled)} images without labels were left out.",)


def _region_files(root: Path, kind: str) -> dict[str, Path]:
    files = sorted(path for path in root.glob(f"*/{kind}/*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise ConfigError(
            f"{root} holds no REGION/{kind}/*.tif; choose the folder of OpenEarthMap that holds "
            "the regions."
        )
    return {f"{path.parent.parent.name}/{path.stem}": path for path in files}


def _list_of(path: Path) -> set[str] | None:
    if not path.is_file():
        return None
    return {Path(line.strip()).name for line in path.read_text().splitlines() if line.strip()}
