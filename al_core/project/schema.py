"""The tables of project.db, as the steps that lead from one version to the next."""

from __future__ import annotations

APPLICATION_ID = 0x4C4C6F70  # "LLop": tells a project from any other SQLite file

_VERSION_1 = (
    "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE class (
        number INTEGER PRIMARY KEY, value INTEGER NOT NULL, name TEXT NOT NULL,
        color TEXT NOT NULL)""",
    # NaN is NULL to SQLite and no-data may be NaN, hence a text.
    """CREATE TABLE image (
        id INTEGER PRIMARY KEY, path TEXT NOT NULL, relative_path TEXT, name TEXT NOT NULL,
        height INTEGER NOT NULL, width INTEGER NOT NULL, crs_wkt TEXT NOT NULL,
        x0 REAL NOT NULL, y0 REAL NOT NULL, dx REAL NOT NULL, dy REAL NOT NULL,
        dtype TEXT NOT NULL, nodata TEXT,
        first_tile INTEGER NOT NULL, tile_count INTEGER NOT NULL)""",
    """CREATE TABLE tile (
        id INTEGER PRIMARY KEY, image INTEGER NOT NULL REFERENCES image (id),
        valid_px INTEGER NOT NULL, role INTEGER NOT NULL)""",
    """CREATE TABLE label (
        tile INTEGER PRIMARY KEY REFERENCES tile (id), labelled_px INTEGER NOT NULL,
        unsure_px INTEGER NOT NULL, counts BLOB NOT NULL, mask BLOB NOT NULL)""",
    # Holds all that counting needs, so that counting does not read the pages of the masks.
    "CREATE INDEX label_counts ON label (tile, labelled_px, counts)",
    "CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL)",
    "INSERT INTO counter VALUES ('labels', 0)",
    """CREATE TABLE stroke (
        id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, user TEXT NOT NULL,
        tool TEXT NOT NULL, label INTEGER NOT NULL, state INTEGER NOT NULL)""",
    "CREATE INDEX stroke_by_state ON stroke (state, id)",
    # The window is where the stroke changed the tile; labelled_px … mask are the row of
    # `label` that undo or redo puts back, NULL for a tile that has none.
    """CREATE TABLE patch (
        stroke INTEGER NOT NULL REFERENCES stroke (id) ON DELETE CASCADE,
        tile INTEGER NOT NULL REFERENCES tile (id),
        top INTEGER NOT NULL, left INTEGER NOT NULL,
        height INTEGER NOT NULL, width INTEGER NOT NULL,
        is_undoable INTEGER NOT NULL,
        labelled_px INTEGER, unsure_px INTEGER, counts BLOB, mask BLOB,
        UNIQUE (stroke, tile))""",
    "CREATE INDEX patch_by_tile ON patch (tile)",
    """CREATE TABLE round (
        number INTEGER PRIMARY KEY, created TEXT NOT NULL, device TEXT NOT NULL,
        seed INTEGER NOT NULL, model_hash TEXT NOT NULL, labelled_tiles INTEGER NOT NULL,
        labelled_pixels INTEGER NOT NULL, confusion TEXT NOT NULL, iou TEXT NOT NULL,
        miou REAL, gap TEXT NOT NULL, weight TEXT NOT NULL, config TEXT NOT NULL,
        versions TEXT NOT NULL)""",
    """CREATE TABLE query (
        id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, strategy TEXT NOT NULL,
        round INTEGER REFERENCES round (number), config TEXT NOT NULL)""",
    """CREATE TABLE pick (
        query INTEGER NOT NULL REFERENCES query (id) ON DELETE CASCADE,
        rank INTEGER NOT NULL, tile INTEGER NOT NULL REFERENCES tile (id),
        score REAL, reason TEXT NOT NULL, PRIMARY KEY (query, rank))""",
)

_VERSION_2 = ("ALTER TABLE round ADD COLUMN insight TEXT NOT NULL DEFAULT '{}'",)

_VERSION_3 = (
    # One byte a class: 0 absent, 1 present, 254 cannot tell.
    """CREATE TABLE tag (
        tile INTEGER PRIMARY KEY REFERENCES tile (id), states BLOB NOT NULL)""",
    """CREATE TABLE tag_step (
        id INTEGER PRIMARY KEY AUTOINCREMENT, created TEXT NOT NULL, user TEXT NOT NULL,
        state INTEGER NOT NULL)""",
    "CREATE INDEX tag_step_by_state ON tag_step (state, id)",
    # `states` are those that undo or redo puts back, NULL for a tile without tags.
    """CREATE TABLE tag_change (
        step INTEGER NOT NULL REFERENCES tag_step (id) ON DELETE CASCADE,
        tile INTEGER NOT NULL REFERENCES tile (id),
        is_undoable INTEGER NOT NULL, states BLOB,
        PRIMARY KEY (step, tile)) WITHOUT ROWID""",
    "CREATE INDEX tag_change_by_tile ON tag_change (tile)",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2, _VERSION_3)
"""Step i leads from schema version i to i + 1; published steps never change."""
