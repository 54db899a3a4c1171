"""Colours and CSS of the report, light and dark; and the same for single pictures."""

from __future__ import annotations

from collections.abc import Sequence

from .plots import Style
from .words import BASELINE

# Okabe and Ito's colours, told apart with any colour vision; the dark ones are lifted.
LIGHT = {"blue": "#0072b2", "green": "#00805c", "pink": "#b8578f", "orange": "#b97700",
         "sky": "#2f9bd6", "violet": "#6a51a3", "focus": "#d04a00", "base": "#5b6168"}  # fmt: skip
DARK = {"blue": "#5aaee6", "green": "#2fc296", "pink": "#e59ac8", "orange": "#f0b13c",
        "sky": "#8fd3ff", "violet": "#b3a2ea", "focus": "#ff8a4c", "base": "#a9b1ba"}  # fmt: skip
LIGHT_PAGE = {"page": "#ffffff", "card": "#f6f7f9", "ink": "#1b1f24", "soft": "#59616b",
              "rule": "#d9dee4", "level": "#1b1f24"}  # fmt: skip
DARK_PAGE = {"page": "#15181c", "card": "#1e2228", "ink": "#e8ebee", "soft": "#a3acb7",
             "rule": "#363c45", "level": "#e8ebee"}  # fmt: skip
TURN = ("blue", "green", "pink", "orange", "sky", "violet")
DASHES = ("", "6 3", "2 3", "9 3 2 3")

CHART_CSS = """
svg.chart{display:block;width:100%;height:auto;
 font-family:system-ui,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif}
svg.bars{max-width:960px}
svg .grid{stroke:var(--rule);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .tick,svg .name{fill:var(--soft);font-size:11px}
svg .label{font-size:11px}
svg .tie{stroke:var(--rule);fill:none}
svg .band{opacity:.16;stroke:none}
svg .series path{fill:none;stroke-linejoin:round;stroke-linecap:round}
svg .series circle{stroke:var(--page);stroke-width:1}
svg .quiet{fill:none;stroke:var(--rule);stroke-width:1.2}
svg .level{stroke:var(--level);stroke-width:1.3;stroke-dasharray:1 4;stroke-linecap:round}
svg .leveltext{fill:var(--soft);font-size:10.5px;paint-order:stroke;stroke:var(--page);
 stroke-width:3px;stroke-linejoin:round}
svg .barname{fill:var(--ink);font-size:12px}
svg .bartext{font-size:11px}
svg .swatch{stroke:var(--rule)}
svg .part{stroke:var(--page);stroke-width:1}
"""

PAGE_CSS = """
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
 font:15px/1.5 system-ui,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 24px 60px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}
h2{font-size:19px;margin:44px 0 6px;padding-top:14px;border-top:1px solid var(--rule)}
h3{font-size:14.5px;margin:18px 0 6px}
p{margin:6px 0;max-width:78ch}
.soft{color:var(--soft)}
.summary{background:var(--card);border-left:4px solid var(--focus);border-radius:4px;
 padding:12px 20px;margin:18px 0}
.summary ul,.notes{padding-left:1.1em;margin:4px 0}
.summary li,.notes li{margin:5px 0;max-width:96ch}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:16px 0}
.card{background:var(--card);border-radius:4px;padding:10px 14px}
.card b{display:block;overflow-wrap:anywhere;font-size:18px;font-weight:650;
 font-variant-numeric:tabular-nums}
.card span{color:var(--soft);font-size:12.5px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px;margin:12px 0;font-size:13.5px}
a{color:var(--blue)}
.grid2{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));
 gap:22px 28px}
.grid4{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr));
 gap:16px 18px}
figure{margin:0;min-width:0}
figcaption{font-weight:600;font-size:13.5px;margin:0 0 2px}
.scroll{overflow-x:auto;margin:10px 0;border:1px solid var(--rule);border-radius:4px}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:5px 8px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--rule)}
tbody tr:last-child>*{border-bottom:0}
thead th{background:var(--card);font-weight:600;color:var(--soft)}
th:first-child{text-align:left;position:sticky;left:0;background:var(--page);font-weight:600}
thead th:first-child{background:var(--card)}
td.best{font-weight:700;color:var(--focus)}
.heat td{text-align:center;padding:4px 5px;line-height:1.25;font-size:11.5px;min-width:66px}
.heat td b{font-size:13px}
.heat td small{display:block;font-size:10.5px}
.heat thead th{text-align:center;font-size:11px;padding:5px 4px}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:12.5px;margin:8px 0}
.legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:5px;
 vertical-align:-1px;border:1px solid var(--rule)}
.legend svg{width:26px;height:8px;margin-right:5px;vertical-align:2px}
.maps{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:10px}
.maps figure,.refs figure{font-size:12px}
.maps figcaption,.refs figcaption{font-weight:400;font-size:12px;color:var(--soft)}
.maps img,.refs img{width:100%;display:block;border:1px solid var(--rule);image-rendering:pixelated}
.refs{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,200px),1fr));gap:10px;
 margin-bottom:8px}
pre{background:var(--card);padding:12px 14px;border-radius:4px;overflow-x:auto;font-size:12.5px;
 white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:10px 0}
summary{cursor:pointer;color:var(--blue)}
.empty{color:var(--soft);font-style:italic}
@media(max-width:560px){.maps{grid-template-columns:repeat(2,minmax(0,1fr))}}
@media print{h2{break-after:avoid}figure{break-inside:avoid}}
"""


def _variables(*palettes: dict[str, str]) -> str:
    return "".join(f"--{name}:{value};" for colors in palettes for name, value in colors.items())


def css() -> str:
    """Return the CSS of the whole page."""
    return (
        f":root{{color-scheme:light dark;{_variables(LIGHT, LIGHT_PAGE)}}}"
        f"@media(prefers-color-scheme:dark){{:root{{{_variables(DARK, DARK_PAGE)}}}}}"
        f"{PAGE_CSS}{CHART_CSS}"
    )


def standalone(svg: str) -> str:
    """Return an inline chart as a file of its own: light, on its own background."""
    rules = f"svg{{{_variables(LIGHT, LIGHT_PAGE)}background:#ffffff}}{CHART_CSS}"
    start = svg.index(">") + 1
    box = svg.split('viewBox="0 0 ')[1].split('"', maxsplit=1)[0].split()
    size = f' width="{box[0]}" height="{box[1]}" xmlns="http://www.w3.org/2000/svg">'
    head = svg[: start - 1] + size
    paper = '<rect width="100%" height="100%" style="fill:#ffffff"/>'
    return f"{head}<style>{rules}</style>{paper}{svg[start:]}\n"


def line_styles(strategies: Sequence[str], loud: str) -> dict[str, Style]:
    """Return a style for each strategy: one of them loud, random grey, the others in turn."""
    styles, number = {}, 0
    for name in strategies:
        if name == loud:
            styles[name] = Style("var(--focus)", width=3.0)
        elif name == BASELINE:
            styles[name] = Style("var(--base)", width=2.2)
        else:
            dash = DASHES[number // len(TURN) % len(DASHES)]
            styles[name] = Style(f"var(--{TURN[number % len(TURN)]})", dash)
            number += 1
    return styles
