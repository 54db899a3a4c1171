"""What came of filling an encoder with weights, as one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_NAMED = 3  # keys named in a sentence


@dataclass(frozen=True)
class WeightsReport:
    """How weights fit an encoder.

    Attributes:
        source: The file's name, or where else the weights come from; "" if there are none.
        encoder: The encoder's name.
        total: Tensors of the encoder.
        matched: Those of them that were filled.
        missing: Names in the encoder for which the weights have nothing.
        unexpected: Names in the weights that the encoder has no place for: left out.
        reshaped: Names whose tensors have another shape.
        adapted: How the first layer was made to fit the bands, in words; "" if it did.
    """

    source: str = ""
    encoder: str = ""
    total: int = 0
    matched: int = 0
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    reshaped: tuple[str, ...] = ()
    adapted: str = ""

    @property
    def text(self) -> str:
        """What was filled, left out and adapted; "" if there were no weights."""
        if not self.source:
            return ""
        parts = [f"{self.matched} of {self.total} tensors of {self.encoder} from {self.source}"]
        if self.unexpected:
            parts.append(f"left out: {named(self.unexpected)}")
        if self.adapted:
            parts.append(self.adapted)
        return "; ".join(parts) + "."

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentence for the user, if there is one."""
        return (self.text,) if self.text else ()

    @property
    def complaint(self) -> str:
        """Why the weights do not fit, naming keys."""
        told = (
            ("misses", self.missing),
            ("has the unknown", self.unexpected),
            ("has another shape of", self.reshaped),
        )
        reasons = [f"{what} {named(keys)}" for what, keys in told if keys]
        return (
            f"{self.source} does not fit the encoder “{self.encoder}”: it {' and '.join(reasons)}. "
            "Choose the encoder that the file was made for, or another file."
        )


def named(keys: Sequence[str]) -> str:
    """Return the first keys, and how many more there are."""
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more
