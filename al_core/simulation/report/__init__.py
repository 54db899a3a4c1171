"""What a simulation has shown: statistics, plots, and a page to read them on."""

from .page import write_report

__all__ = ["write_report"]
