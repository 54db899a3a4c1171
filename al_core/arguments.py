"""The verbs of the command line and their options."""

from __future__ import annotations

import argparse
import enum
from pathlib import Path
from typing import NoReturn

from . import __version__
from .config import (
    IMAGENET,
    Averaging,
    Balance,
    ClusterShare,
    Decoder,
    Device,
    GammaMode,
    GapSource,
    QuotaRule,
    Recipe,
    Start,
    Task,
    ThresholdPolicy,
    UndefinedIou,
)
from .errors import ConfigError


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise ConfigError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def parser() -> Parser:
    """Return the parser of all verbs; what is not given is not among the options."""
    root = Parser(
        prog="python -m al_core", description="Land-cover maps with few labels, from a shell."
    )
    root.add_argument("--version", action="version", version=__version__)
    verbs = root.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, purpose: str, *folders: str) -> argparse._ArgumentGroup:
        sub = verbs.add_parser(
            name, help=purpose, description=purpose, argument_default=argparse.SUPPRESS
        )
        for folder in folders:
            sub.add_argument(folder, type=Path, metavar=folder.upper())
        sub.add_argument("--json", action="store_true", default=False, help="machine-readable")
        sub.add_argument("--debug", action="store_true", default=False, help="show tracebacks")
        return sub.add_argument_group(f"options of {name}")

    demo = verb("demo", "Write the demo scene, its reference labels and its legend.", "folder")
    demo.add_argument("--size", dest="size_px", type=int, metavar="PX")
    demo.add_argument("--seed", type=int)
    _add_init(verb("init", "Make a project over one or more rasters.", "project"))
    _add_label(verb("label", "Copy reference labels into tiles.", "project"))
    _add_tag(verb("tag", "Tag whole tiles by reference labels, or by what is painted.", "project"))
    _add_train(verb("train", "Train the network on the labels.", "project"))
    _add_pretrain(verb("pretrain", "Pre-train an encoder on the tiles, without labels.", "project"))
    scan = verb("scan", "Let the network look at every tile of the pool once.", "project")
    query = verb("query", "Choose the tiles to label next.", "project")
    _add_query(query)
    query.add_argument("--seed", type=int)
    predict = verb("predict", "Make the maps of the current round.", "project")
    predict.add_argument("--window", dest="window_px", type=int, metavar="PX")
    scan.add_argument("--strategy", metavar="NAME", help="the one that will query")
    _add_encoder(scan)
    _add_passes(scan)
    for group in (scan, predict):
        _add_device(group)
    export = verb("export", "Write the finished map.", "project")
    export.add_argument("--out", required=True, metavar="MAP.tif")
    export.add_argument(
        "--model-only", dest="labels_win", action="store_false", help="leave out your own labels"
    )
    retrain = verb("retrain", "Train, scan, query and predict in one go.", "project")
    _add_train(retrain)
    _add_query(retrain)
    _add_passes(retrain)
    _add_paint_next(verb("paint-next", "Make a segmentation project from a tagged one.", "project"))
    _add_simulate(verb("simulate", "Let strategies compete on labelled imagery."))
    verb("status", "Tell tiles, labels and rounds.", "project")
    verb("doctor", "Tell versions and devices.")
    verb("serve", "Be the engine of QGIS: JSON lines on standard input and output.")
    return root


def _add_init(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--image", dest="images", action="append", required=True, metavar="R.tif")
    group.add_argument("--legend", type=Path, required=True, metavar="L.csv")
    group.add_argument("--bands", type=_whole_numbers, metavar="3,2,1")
    group.add_argument("--tile", dest="tile_size_px", type=int, metavar="PX")
    group.add_argument("--validation", dest="validation_share", type=float, metavar="SHARE")
    group.add_argument("--task", metavar=_choices(Task))
    group.add_argument("--seed", type=int)


def _add_label(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--from", dest="source", required=True, metavar="LABELS")
    _add_choice_of_tiles(group)


def _add_tag(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--from", dest="source", metavar="LABELS", help="without: what is painted")
    group.add_argument("--coverage", type=float, metavar="SHARE", help="a class covers more")
    group.add_argument(
        "--least-labelled", type=float, metavar="SHARE", help="of a tile, else it gets no tags"
    )
    _add_choice_of_tiles(group)


def _add_paint_next(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--out", dest="folder", required=True, metavar="PROJECT")
    group.add_argument("--count", type=int, metavar="N", help="tiles to paint first")
    group.add_argument("--seed", type=int)


def _add_choice_of_tiles(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--unlabelled", type=_numbers, metavar="0", help="values without meaning")
    group.add_argument("--attribute", metavar="NAME", help="of polygons: where the value is")
    group.add_argument("--tiles", type=_whole_numbers, metavar="3,17")
    group.add_argument("--random", type=int, metavar="N")
    for name in ("validation", "picks", "everywhere"):
        group.add_argument(f"--{name}", action="store_true")
    group.add_argument("--seed", type=int)


def _add_train(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--steps", type=int)
    group.add_argument("--minutes", type=float)
    _add_encoder(group)
    group.add_argument("--decoder", metavar=_choices(Decoder))
    group.add_argument("--recipe", metavar=_choices(Recipe))
    group.add_argument("--start", metavar=_choices(Start))
    group.add_argument("--epochs", type=int, metavar="N", help="in place of steps")
    group.add_argument("--dropout", type=float, metavar="P", help="before the last layer, of tiles")
    group.add_argument("--learn-loss", action="store_true", help="and its ranks, for “ll”")
    _add_ranks(group)
    group.add_argument("--seed", type=int)
    _add_device(group)


def _add_ranks(group: argparse._ArgumentGroup) -> None:
    for name, sign, what in (
        ("margin", "XI", "by which ranks should differ"),
        ("weight", "LAMBDA", "of the loss of the ranks"),
        ("stop", "SHARE", "of training, from which ranks teach the network no more"),
    ):
        group.add_argument(f"--loss-{name}", type=float, metavar=sign, help=what)


def _add_passes(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--passes", type=int, metavar="T", help="with dropout")
    group.add_argument("--average", metavar=_choices(Averaging), help="over the passes")


def _add_pretrain(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--name", metavar="NAME", help="of the encoder that comes of it")
    _add_encoder(group)
    group.add_argument("--epochs", type=int)
    group.add_argument("--minutes", type=float, help="at most")
    group.add_argument("--tiles", type=int, metavar="N", help="so many, drawn at random")
    group.add_argument("--crop", dest="crop_px", type=int, metavar="PX", help="side of the views")
    group.add_argument("--learning-rate", type=float, metavar="RATE", help="for batches of 256")
    for name in ("momentum", "temperature"):
        group.add_argument(f"--{name}", type=float)
    group.add_argument("--queue", type=int, metavar="KEYS")
    group.add_argument("--anew", dest="resume", action="store_false", help="give up what is paused")
    group.add_argument("--seed", type=int)
    _add_device(group)


def _add_encoder(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--encoder", metavar="NAME")
    group.add_argument("--weights", metavar="FILE", help=f".safetensors, .pth, or {IMAGENET}")


def _add_query(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--strategy", metavar="NAME")
    group.add_argument("--count", type=int)
    group.add_argument("--alpha", type=float)
    group.add_argument("--gamma", type=float)
    group.add_argument("--policy", metavar=_choices(ThresholdPolicy))
    group.add_argument("--undefined", metavar=_choices(UndefinedIou))
    group.add_argument("--gamma-mode", metavar=_choices(GammaMode))
    group.add_argument("--quotas", metavar=_choices(QuotaRule))
    group.add_argument("--gap-source", metavar=_choices(GapSource))
    group.add_argument("--rounds", type=int, metavar="N", help="how many are planned")
    group.add_argument("--like", type=int, metavar="TILE", help="what “similar” compares with")
    group.add_argument(
        "--multiple", type=int, metavar="M", help="candidates a tile of ll, tpd, mge"
    )
    group.add_argument("--neighbours", type=int, metavar="K", help="of mcfps")
    group.add_argument("--skip", type=float, metavar="CERTAINTY", help="of mcfps")
    group.add_argument("--cluster-share", metavar=_choices(ClusterShare), help="of osal")
    for name in ("clustering", "normalise", "unit-gradients"):
        group.add_argument(f"--{name}", action=argparse.BooleanOptionalAction)


def _add_simulate(group: argparse._ArgumentGroup) -> None:
    add = group.add_argument
    add("--task", metavar=_choices(Task))
    add("--image", dest="images", action="append", metavar="R.tif")
    add("--labels", action="append", metavar="L.tif", help="one for each --image")
    add("--images", dest="images_folder", metavar="DIR", help="pairs with --masks, or tiles")
    add("--masks", dest="masks_folder", metavar="DIR")
    add("--table", metavar="L.csv", help="the classes of tiles; without, folders are classes")
    add("--balance", metavar=_choices(Balance), help="of the classes in the pool")
    add("--openearthmap", metavar="DIR", help="the folder that holds the regions")
    add("--legend", metavar="L.csv")
    add("--bands", type=_whole_numbers, metavar="3,2,1")
    add("--unlabelled", type=_numbers, metavar="0", help="values without meaning")
    add("--strategies", type=_words, metavar="random,dcau:alpha=2,full")
    add("--compare", action="append", metavar="A,B", help="strategies to test in pairs")
    for name in ("initial", "batch", "rounds", "steps", "split-seed"):
        add(f"--{name}", type=int, metavar="N")
    add("--seeds", type=_whole_numbers, metavar="0,1,2")
    add("--recipe", metavar=_choices(Recipe))
    add("--minutes", type=float, help="at most, a training")
    add("--dropout", type=float, metavar="P", help="before the last layer, of whole tiles")
    _add_ranks(group)
    _add_encoder(group)
    add("--decoder", metavar=_choices(Decoder))
    add("--start", metavar=_choices(Start))
    add("--device", metavar=_choices(Device))
    add("--tile", dest="tile_size_px", type=int, metavar="PX")
    add("--halo", dest="halo_px", type=int, metavar="PX")
    add("--pool-tiles", type=int, metavar="N", help="keep so many at random")
    add("--validation-tiles", type=int, metavar="N", help="keep so many at random")
    add("--test", dest="test_share", type=float, metavar="SHARE")
    add("--validation", dest="validation_share", type=float, metavar="SHARE")
    add("--test-image", dest="test_images", action="append", metavar="R.tif")
    add("--resplit", action="store_true", help="another split for every seed")
    add("--alpha", type=float)
    add("--gamma", type=float)
    add("--quotas", metavar=_choices(QuotaRule))
    add("--jobs", type=int, metavar="N", help="trainings side by side")
    add("--out", type=Path, required=True, metavar="DIR")


def _add_device(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--device", metavar=_choices(Device))
    group.add_argument("--batch-size", type=int)


def _choices(kind: type[enum.Enum]) -> str:
    return "|".join(str(choice.value) for choice in kind)


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _whole_numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        message = f"“{text}” is not a list of whole numbers such as 3,2,1"
        raise argparse.ArgumentTypeError(message) from error


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        message = f"“{text}” is not a list of numbers such as 0,255"
        raise argparse.ArgumentTypeError(message) from error
