"""The tiles chosen to be labelled next."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Any

from . import plainjson
from .database import Database
from .records import PickRecord


class PickStore:
    """The choices of every query; the newest is in force, the others are history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(
        self,
        picks: Sequence[PickRecord],
        strategy: str,
        round: int | None,  # noqa: A002 - the project's word for it
        config: dict[str, Any],
    ) -> None:
        """Put a new choice in force, together with how it was made.

        Args:
            picks: Their own `round` and `strategy` are not looked at.
            strategy: Name of the query strategy.
            round: The round whose statistics were used, None if none were.
            config: The query's options as JSON values.

        Raises:
            StorageError: The disk is full or protected; the old choice stays.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        rows = [
            (int(pick.rank), int(pick.tile_id), float(pick.score), plainjson.dumps(pick.reason))
            for pick in picks
        ]
        with self._database.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO query (created, strategy, round, config) VALUES (?, ?, ?, ?)",
                (now, strategy, round, plainjson.dumps(config)),
            )
            connection.executemany(
                "INSERT INTO pick VALUES (?, ?, ?, ?, ?)",
                ((cursor.lastrowid, *row) for row in rows),
            )

    def current(self) -> tuple[PickRecord, ...]:
        """Return the choice in force by rank; () before the first query."""
        rows = self._database.rows(
            """SELECT rank, tile, score, reason, round, strategy
            FROM pick JOIN query ON query.id = pick.query
            WHERE query.id = (SELECT max(id) FROM query) ORDER BY rank"""
        )
        return tuple(
            PickRecord(
                rank=rank,
                tile_id=tile,
                score=math.nan if score is None else score,
                reason=json.loads(reason),
                round=round_number,
                strategy=strategy,
            )
            for rank, tile, score, reason, round_number, strategy in rows
        )
