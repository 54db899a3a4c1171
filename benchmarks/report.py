"""Figures as a table for people and as one line of JSON for programs."""

import json
import os
import platform


def report(title: str, figures: dict[str, object]) -> None:
    """Print the figures both ways."""
    print(f"\n## {title}\n")
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print("| figure | value |\n|---|---|")
    for name, value in figures.items():
        print(f"| {name} | {value:.4g} |" if isinstance(value, float) else f"| {name} | {value} |")
    print("\n" + json.dumps({"benchmark": title, **figures}))
