"""The sections of docs/results.md, each of which can be made anew for itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from results_page import CHAPTERS, INTRODUCTION, Chapter

_TOP = re.compile(r"^## ", re.MULTILINE)
_INNER = {Chapter.SHORT: re.compile(r"^\*\*(?=\S[^*\n]*\*\*$)", re.MULTILINE)}
_BELOW = re.compile(r"^### ", re.MULTILINE)


@dataclass
class Sections:
    """Text by chapter and title, each with its heading."""

    texts: dict[tuple[Chapter, str], str] = field(default_factory=dict)

    @classmethod
    def read(cls, page: Path) -> Self:
        """Return what a page holds; nothing if there is none."""
        found = cls()
        parts = _TOP.split(page.read_text(encoding="utf-8"))[1:] if page.exists() else []
        headings = {heading: chapter for chapter, (heading, _) in CHAPTERS.items() if heading}
        for part in parts:
            title, _, rest = part.partition("\n")
            chapter = headings.get(title, Chapter.MAIN)
            if chapter is Chapter.MAIN:
                found.texts[chapter, title] = f"## {part}"
                continue
            pattern = _INNER.get(chapter, _BELOW)
            for start, end in _spans(pattern, rest):
                text = rest[start:end]
                found.texts[chapter, text.partition("\n")[0].strip("*# ")] = text
        return found

    def put(self, chapter: Chapter, title: str, text: str) -> None:
        """Keep a section in place of the one of the same title."""
        self.texts[chapter, title] = text

    def page(self, titles: Sequence[str]) -> str:
        """Return the page, the sections of a chapter in the order of their titles."""
        parts = [INTRODUCTION]
        for chapter, (heading, words) in CHAPTERS.items():
            held = [self.texts[chapter, t] for t in titles if (chapter, t) in self.texts]
            if held and heading:
                parts += [f"## {heading}", words]
            parts += held
        return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _spans(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    starts = [match.start() for match in pattern.finditer(text)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))
