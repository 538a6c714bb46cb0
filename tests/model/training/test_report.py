"""The page that evaluate writes: well-formed, whole, and needing nothing from anywhere."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import html

from model.training.report import report
from tests.model.training.measures.drawn import findings

TOLD = findings()
EVALUATION = TOLD.evaluation()
FILES = {image.id: image.path for image in TOLD.images}


def test_every_measure_class_curve_score_and_count_is_on_the_page() -> None:
    page = html.fromstring(report("Measures of a", ("40 images",), EVALUATION, FILES))
    text = page.text_content()
    metrics = EVALUATION.metrics
    for value in (metrics.ap, metrics.ar_large, metrics.voc07_ap, metrics.per_class[2].ap75):
        assert f"{value:.3f}" in text
    assert [path.findtext("title") for path in page.xpath("//svg[@role]/path[title]")] == [
        curve.name for curve in EVALUATION.curves
    ]
    cells = [
        [td.text or "" for td in row.xpath("td")] for row in page.xpath("//table[@class='matrix']/tr[td]")
    ]
    assert cells == [[str(count or "") for count in row] for row in EVALUATION.confusion.counts]
    assert page.xpath("count(//table[@class='matrix']//td[@title!=''])") == sum(
        count > 0 for row in EVALUATION.confusion.counts for count in row
    )


def test_it_needs_nothing_from_anywhere() -> None:
    page = report("a", (), EVALUATION, FILES)
    assert not re.search(r"(https?:|src=|href=|@import|url\()", page)


def test_names_of_classes_and_files_are_not_taken_for_markup() -> None:
    evil = "<b onclick='x'>"
    first, *others = EVALUATION.curves
    confusion = EVALUATION.confusion
    strange = replace(
        EVALUATION,
        curves=(replace(first, name=evil), *others),
        confusion=replace(confusion, names=(evil, *confusion.names[1:])),
    )
    page = html.fromstring(report(evil, (evil,), strange, dict.fromkeys(FILES, evil)))
    assert not page.xpath("//b")
    assert not page.xpath("//*[@onclick]")
    assert page.findtext(".//h1") == evil


def test_a_curve_goes_through_its_points() -> None:
    page = html.fromstring(report("a", (), EVALUATION, FILES))
    drawn = page.xpath("//svg[@role]/path[title]")[0].get("d")
    curve = EVALUATION.curves[0]
    points = [tuple(map(float, point.split())) for point in drawn.removeprefix("M").split("L")]
    assert len(points) == len(curve.recall)
    assert points[0] == (40.0, round(6 + 360 * (1 - curve.precision[0]), 1))


def test_where_nothing_was_found_there_is_a_page_all_the_same() -> None:
    nothing = replace(TOLD, found=tuple(() for _ in TOLD.images)).evaluation()
    page = report("a", (), nothing, FILES)
    assert "Scores to keep" not in page
    assert "0.000" in page
