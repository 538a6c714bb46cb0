"""What an evaluation found, as one HTML file that needs nothing else: to keep, to send, to print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from model.data.palette import colour_for
from model.records import MEASURES, Confusion, Curve, Evaluation, Threshold
from model.records.words import named

NAMED = 8  # files named behind a cell of the matrix; the rest is counted
SIDE, LEFT, BELOW = 360, 40, 34  # of the drawing, px
DASHES = ("", "6 3", "2 3", "8 3 2 3")  # when the palette comes round again, so that colour is not all

STYLE = """
:root { color-scheme: light dark; --line: #8884; --muted: #888; --right: 46 160 100; --wrong: 220 90 60; }
body { font: 15px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: .6rem 0; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
th { font-weight: 600; } th:first-child, td.word { text-align: left; }
.muted, td.word.means { color: var(--muted); } .wide { overflow-x: auto; }
.matrix td { text-align: center; min-width: 2.6rem; } .matrix th { text-align: left; }
svg text { font: 11px system-ui, sans-serif; fill: currentColor; }
ul.key { list-style: none; padding: 0; columns: 3; } ul.key svg { vertical-align: middle; margin-right: .4rem; }
@media print { body { margin: 0; } }
"""


def report(title: str, facts: Iterable[str], evaluation: Evaluation, files: Mapping[int, str]) -> str:
    """The page. facts: lines below its title; files: image id -> path, to name images where mistakes are."""
    metrics = evaluation.metrics
    parts = [
        f"<h1>{escape(title)}</h1>",
        *(f"<p class='muted'>{escape(fact)}</p>" for fact in facts),
        "<h2>Measures</h2>",
        _table(
            ("", "", ""),
            [(m.title, _number(getattr(metrics, m.name)), m.means) for m in MEASURES],
            words=(0, 2),
        ),
        "<h2>Classes</h2>",
        _table(
            ("Class", "Boxes", "AP", "AP50", "AP75", "AR100", "VOC AP"),
            [
                (c.name, f"{c.boxes:,}", *map(_number, (c.ap, c.ap50, c.ap75, c.ar100, c.voc_ap)))
                for c in metrics.per_class
            ],
        ),
        *_curves(evaluation.curves),
        *_thresholds(evaluation),
        *_matrix(evaluation.confusion, files),
    ]
    head = f"<meta charset='utf-8'><title>{escape(title)}</title><style>{STYLE}</style>"
    return (
        f"<!doctype html>\n<html lang='en'><head>{head}</head><body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _curves(curves: Sequence[Curve]) -> Iterable[str]:
    if not curves:
        return
    yield "<h2>Precision and recall</h2>"
    yield (
        "<p>At IoU 0.50. Recall: the share of the objects found. Precision: the share of what is told that is "
        "right.</p>"
    )
    ticks = "".join(
        f"<path d='M{_x(t)} {_y(0)}V{_y(1)}M{_x(0)} {_y(t)}H{_x(1)}' stroke='var(--line)'/>"
        f"<text x='{_x(t)}' y='{_y(0) + 14}' text-anchor='middle'>{t:g}</text>"
        f"<text x='{_x(0) - 6}' y='{_y(t) + 4}' text-anchor='end'>{t:g}</text>"
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    lines = "".join(
        f"<path d='{_path(curve)}' fill='none' {_stroke(number)}><title>{escape(curve.name)}</title></path>"
        for number, curve in enumerate(curves)
    )
    names = (
        f"<text x='{_x(0.5)}' y='{_y(0) + 30}' text-anchor='middle'>recall</text>"
        f"<text transform='translate(10 {_y(0.5)}) rotate(-90)' text-anchor='middle'>precision</text>"
    )
    size = f"width='{SIDE + LEFT + 12}' height='{SIDE + BELOW + 8}'"
    yield f"<svg {size} role='img' aria-label='Precision over recall'>{ticks}{lines}{names}</svg>"
    key = "".join(
        f"<li><svg width='26' height='8'><path d='M0 4H26' {_stroke(number)}/></svg>{escape(curve.name)}</li>"
        for number, curve in enumerate(curves)
    )
    yield f"<ul class='key'>{key}</ul>"


def _thresholds(evaluation: Evaluation) -> Iterable[str]:
    if evaluation.threshold is None:
        return
    yield "<h2>Scores to keep detections from</h2>"
    yield "<p>Where F1, which weighs precision and recall alike, is highest at IoU 0.50.</p>"
    rows = (*evaluation.thresholds, evaluation.threshold)
    yield _table(("Class", "Score", "Precision", "Recall", "F1"), [_threshold(row) for row in rows])


def _matrix(confusion: Confusion, files: Mapping[int, str]) -> Iterable[str]:
    yield "<h2>What objects were taken for</h2>"
    yield (
        "<p>A row is what is there, a column what was told, from a score of "
        f"{confusion.score:.3f} on and at IoU {confusion.iou:.2f}. The last column counts objects that were missed, "
        "the last row what was told where nothing is. Hover a number to see the files.</p>"
    )
    names = (*confusion.names, "background")
    most = max((max(row) for row in confusion.counts), default=0) or 1
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = [f"<tr><th></th>{head}</tr>"]
    for truth, counts in enumerate(confusion.counts):
        cells = [f"<th>{escape(names[truth])}</th>"]
        for told, count in enumerate(counts):
            tone = "right" if truth == told else "wrong"
            ground = f"rgb(var(--{tone}) / {0.1 + 0.6 * count / most:.2f})" if count else "transparent"
            hint = escape(named([files[i] for i in confusion.images[truth][told]], NAMED), quote=True)
            cells.append(f"<td title='{hint}' style='background:{ground}'>{count or ''}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    yield f"<div class='wide'><table class='matrix'>{''.join(rows)}</table></div>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: tuple[int, ...] = (0,)) -> str:
    lines = ["".join(f"<th>{escape(cell)}</th>" for cell in head)] if any(head) else []
    for row in rows:
        cells = (f"<td{_class(column, words)}>{escape(cell)}</td>" for column, cell in enumerate(row))
        lines.append("".join(cells))
    return "<div class='wide'><table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table></div>"


def _class(column: int, words: tuple[int, ...]) -> str:
    if column not in words:
        return ""
    return " class='word means'" if column else " class='word'"


def _threshold(threshold: Threshold) -> tuple[str, ...]:
    numbers = (threshold.score, threshold.precision, threshold.recall, threshold.f1)
    return (threshold.name or "all classes", *map(_number, numbers))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _stroke(number: int) -> str:
    dash = DASHES[number // 14 % len(DASHES)]
    return f"stroke='{colour_for(number + 1)}' stroke-width='2' stroke-dasharray='{dash}'"


def _path(curve: Curve) -> str:
    points = zip(curve.recall, curve.precision, strict=True)
    return "M" + "L".join(f"{_x(r):.1f} {_y(p):.1f}" for r, p in points) if curve.recall else ""


def _x(share: float) -> float:
    return LEFT + SIDE * share


def _y(share: float) -> float:
    return 6 + SIDE * (1 - share)
