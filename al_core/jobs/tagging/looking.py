"""A network of a round and everything that it is asked to look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...config import Device, ScanConfig, Task
from ...inference.tag_validation import probabilities
from ...inference.tagging import Judgement, Pooled, TagForward
from ...models import ChosenDevice, NetworkInputs, TaggingNetwork, choose
from ...models import checkpoint as checkpoints
from ...models.views import Views
from ...progress import Progress, checkpoint
from ...project import Project
from ...scoring import PoolStatistics, TagLook, TagPredictions, tag_uncertainty, tagged_statistics
from ...strategies import Need
from ...strategies import get as strategy_of
from ..networks import OWN, SCALING, network_inputs
from .pooling import PooledStore, pooled_rows

ENCODER = "frozen_encoder"  # what model.json says of an encoder that was not trained: its hash
PREDICTIONS = "tags.npz"

Ids = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Eye:
    """A network, what it reads, and where it keeps what its encoder saw."""

    forward: TagForward
    inputs: NetworkInputs
    store: PooledStore | None

    @classmethod
    def of(
        cls,
        project: Project,
        network: TaggingNetwork,
        device: ChosenDevice,
        *,
        scaling: str,
        encoder_hash: str,
        model_hash: str = "",
    ) -> Eye:
        """Return the eye of a network; `encoder_hash` is "" if its encoder is trained."""
        inputs = network_inputs(project, scaling)
        store = PooledStore(project, inputs, encoder_hash) if encoder_hash else None
        return cls(TagForward(network, device.device, model_hash), inputs, store)

    @classmethod
    def load(cls, project: Project, folder: Path, wanted: Device) -> Eye:
        """Return that of the network in a round's folder.

        Raises:
            ProjectError: It is missing or damaged.
            DeviceError: The device asked for is not usable.
        """
        device = choose(wanted)
        found = checkpoints.load_tagging(folder, device.device)
        return cls.of(
            project,
            found.network,
            device,
            scaling=found.about.get(SCALING, OWN),
            encoder_hash=found.about.get(ENCODER, ""),
            model_hash=found.model_hash,
        )

    def pool(
        self,
        ids: Ids,
        progress: Progress,
        *,
        batch_size: int,
        views: Views = Views.PLAIN,
        seed: int = 0,
    ) -> Pooled:
        """Return float16 (N, V, L), what the encoder makes of tiles."""
        return pooled_rows(
            self.forward,
            self.inputs,
            ids,
            self.store,
            progress,
            batch_size=batch_size,
            views=views,
            seed=seed,
        )

    def judge(self, ids: Ids, progress: Progress, batch_size: int) -> tuple[Judgement, Pooled]:
        """Return what the network says of tiles, and their rows float16 (N, L)."""
        rows = self.pool(ids, progress, batch_size=batch_size)[:, 0]
        return self.forward.judge(rows), rows


def shown_ids(project: Project) -> Ids:
    """Return int64 (N,) ids of the tiles that hold any data, ascending."""
    return project.tiles.ids[project.tiles.valid_px > 0]


@dataclass(frozen=True, eq=False)
class Seen:
    """What a network says of every tile with data.

    `rows` is float16 (N, L), aligned with the predictions.
    """

    eye: Eye
    task: Task
    temperature: float
    predictions: TagPredictions
    judgement: Judgement
    rows: Pooled

    def statistics(
        self,
        wanted: Ids,
        config: ScanConfig,
        before: Eye | None,
        progress: Progress,
    ) -> PoolStatistics:
        """Return one row of statistics for each wanted tile.

        Args:
            wanted: int64 (M,) tiles of the pool, among those seen.
            config: Strategy, passes and averaging.
            before: The network of the round before; None if there was none.
            progress: Hears of what that one looks at.

        Raises:
            QueryError: Dropout is needed and the network has none.
        """
        needs = strategy_of(config.strategy).needs
        at = np.searchsorted(self.predictions.tile_ids, wanted)
        passes = None
        if needs & {Need.DROPOUT, Need.CERTAINTY}:
            checkpoint(progress, 0.0, "Looking with parts of the network left out")
            thinned = self.eye.forward.passes(self.rows[at], config.passes, config.seed)
            passes = thinned / self.temperature
        p_before, before_hash = None, None
        if Need.BEFORE in needs:
            before_hash = before.forward.model_hash if before else ""
        if before_hash and before:
            judged, _ = before.judge(wanted, progress, config.batch_size)
            p_before = probabilities(judged.logits, self.task, self.temperature)
        ranks = self.judgement.ranks
        look = TagLook(
            p=self.predictions.p[at],
            features=self.predictions.features[at],
            passes=passes,
            p_before=p_before,
            predicted_loss=None if ranks is None else ranks[at],
            model_hash=self.eye.forward.model_hash,
            before_hash=before_hash,
        )
        return tagged_statistics(wanted, look, self.task, config.average)


def look_around(
    eye: Eye, project: Project, temperature: float, batch_size: int, progress: Progress
) -> Seen:
    """Let the network look at every tile with data.

    Args:
        eye: The network.
        project: Gives the tiles.
        temperature: Divides the logits.
        batch_size: Tiles at a time.
        progress: The watcher.
    """
    ids, task = shown_ids(project), project.settings.task
    judgement, rows = eye.judge(ids, progress, batch_size)
    p = probabilities(judgement.logits, task, temperature)
    predictions = TagPredictions(
        tile_ids=ids,
        p=p.astype(np.float32),
        uncertainty=tag_uncertainty(p, task),
        features=rows[:, -eye.forward.features :],
        model_hash=eye.forward.model_hash,
    )
    return Seen(eye, task, temperature, predictions, judgement, rows)
