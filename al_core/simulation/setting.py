"""What every lane knows: the world, the splits, the device and the list of the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..config import Balance, SimulateConfig
from ..models import ChosenDevice, choose
from ..progress import Progress
from .chains import Unit, work
from .contestants import Contestant, contestants
from .splits import Split, split
from .teaching import FULL_FACTOR, Place, budget
from .tile_splits import split_tiles
from .world import World

CACHE = "cache"


@dataclass(frozen=True, eq=False)
class Setting:
    """A simulation that can be worked on."""

    folder: Path
    config: SimulateConfig
    world: World
    device: ChosenDevice
    contestants: tuple[Contestant, ...]
    _splits: dict[tuple[int, int], Split] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, folder: Path, config: SimulateConfig, world: World) -> Setting:
        """Return the setting of a world.

        Raises:
            DeviceError: The device asked for is not usable.
            ConfigError: The strategies make no sense.
        """
        return cls(folder, config, world, choose(config.device), contestants(config))

    @classmethod
    def load(cls, folder: Path, config: SimulateConfig) -> Setting:
        """Return the setting that another process prepared."""
        return cls.of(folder, config, World.load(folder / CACHE))

    @property
    def units(self) -> tuple[Unit, ...]:
        """All pieces of work: what others wait for first, then what takes longest."""
        seeds = self.config.seeds
        chains = [item for item in self.contestants if item.query]
        full = [item for item in self.contestants if not item.query]
        is_shared = any(Unit(0, item).needs_start for item in chains)
        starts = [Unit(seed, None) for seed in seeds] if is_shared else []
        longest = [Unit(seed, item) for item in full for seed in seeds]
        return (*starts, *longest, *(Unit(seed, item) for seed in seeds for item in chains))

    def split_of(self, seed: int) -> Split:
        """Return the split of a seed; the same for all unless they are to differ.

        Each seed of an unbalanced simulation has another pool.
        """
        number = self.config.split_seed + (seed if self.config.resplit else 0)
        variant = seed if self.config.balance is Balance.UNBALANCED else 0
        if (number, variant) not in self._splits:
            self._splits[number, variant] = (
                split_tiles(self.world, self.config, number, variant)
                if self.world.task.labels_tiles
                else split(self.world, self.config, number)
            )
        return self._splits[number, variant]

    def place_of(self, seed: int) -> Place:
        """Return where the rounds of a seed happen."""
        return Place(self.world, self.split_of(seed), self.config, self.device, self.folder, seed)

    def weight(self, unit: Unit) -> float:
        """Return the work that is left of a unit, in trainings of a round."""
        left = unit.rounds(self.config.rounds) - unit.done(self.folder)
        if unit.contestant is None or unit.contestant.query:
            return float(left)
        tiles = len(self.split_of(unit.seed).pool)
        return left * min(max(tiles / budget(self.config), 1.0), float(FULL_FACTOR))

    def is_done(self, unit: Unit) -> bool:
        """Tell whether all rounds of a unit are on the disk."""
        return len(unit.journal(self.folder).read()) >= unit.entries(self.config.rounds)

    def work(self, number: int, kept: Callable[[], None], progress: Progress) -> None:
        """Do the unit with this place in the list; `kept` hears of every finished round."""
        unit = self.units[number]
        work(self.place_of(unit.seed), unit, lambda _: kept(), progress)
