"""The modal questions that panels ask; each returns an empty value when the user backs out."""

from __future__ import annotations

from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QColorDialog, QFileDialog, QWidget


def open_files(parent: QWidget, title: str, folder: str, kinds: str) -> list[str]:
    """Ask for existing files."""
    paths, _ = QFileDialog.getOpenFileNames(parent, title, folder, kinds)
    return list(paths)


def open_file(parent: QWidget, title: str, folder: str, kinds: str) -> str:
    """Ask for one existing file."""
    path, _ = QFileDialog.getOpenFileName(parent, title, folder, kinds)
    return str(path)


def save_file(parent: QWidget, title: str, folder: str, kinds: str) -> str:
    """Ask for the name of a file to write."""
    path, _ = QFileDialog.getSaveFileName(parent, title, folder, kinds)
    return str(path)


def open_folder(parent: QWidget, title: str, folder: str) -> str:
    """Ask for an existing folder."""
    return str(QFileDialog.getExistingDirectory(parent, title, folder))


def color(parent: QWidget, title: str, current: str) -> str:
    """Ask for a colour as #rrggbb."""
    chosen = QColorDialog.getColor(QColor(current), parent, title)
    return str(chosen.name()) if chosen.isValid() else ""
