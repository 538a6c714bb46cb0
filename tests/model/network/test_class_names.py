"""Names of classes match as people type them, and only where they mean the same thing."""

from __future__ import annotations

import pytest
from torchvision.models.detection import RetinaNet_ResNet50_FPN_Weights

from model.network.class_names import SAME, folded, matches

COCO = tuple(
    "" if name in ("__background__", "N/A") else name
    for name in RetinaNet_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
)


@pytest.mark.parametrize(
    "typed", ["traffic light", "Traffic Light", " traffic_light ", "TRAFFIC-LIGHT", "traffic  light"]
)
def test_case_spaces_and_hyphens_do_not_matter(typed):
    assert matches((typed,), COCO) == {0: COCO.index("traffic light")}


@pytest.mark.parametrize(("voc", "coco"), SAME.items())
def test_vocs_words_find_cocos_rows_and_the_other_way_round(voc, coco):
    assert matches((voc, voc.upper()), COCO) == dict.fromkeys((0, 1), COCO.index(coco))
    assert matches((coco,), ("bird", voc)) == {0: 1}


@pytest.mark.parametrize(
    "name", ["traffic", "light", "persons", "people", "monitor", "table", "plant", "", " "]
)
def test_what_is_merely_alike_does_not_match(name):
    assert matches((name,), COCO) == {}


@pytest.mark.parametrize("name", ["__background__", "background", "N/A", "n/a"])
def test_rows_that_stand_for_nothing_are_nobodys(name):
    assert matches((name,), COCO) == {}


def test_the_very_same_name_comes_first():
    assert matches(("Nut", "nut", "NUT"), ("nut", "Nut")) == {0: 1, 1: 0, 2: 0}


def test_every_class_of_coco_finds_itself_and_no_two_fold_together():
    real = [name for name in COCO if name]
    assert len(real) == 80
    assert [COCO[where] for where in matches(real, COCO).values()] == real
    assert len({folded(name) for name in real}) == 80
