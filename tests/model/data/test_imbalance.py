"""How rare a class is, how often its images are shown, and what is said about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.data.imbalance import ClassShare, in_words, proposed, rare, repeats, shares, shares_of
from model.records import Architecture, Box, LabelClass, LabelledImage, Labels, TrainSettings

RED, WHITE, PLATELETS = (
    LabelClass(n, name, "#808080") for n, name in enumerate(("RBC", "WBC", "Platelets"), 1)
)
CLASSES = (RED, WHITE, PLATELETS)
SETTINGS = TrainSettings("test", Architecture())


def image(number: int, *labels: int, **flags: bool) -> LabelledImage:
    boxes = tuple(Box(0, 0, 9, 9, label, **flags) for label in labels)
    return LabelledImage(number, f"{number}.jpg", 100, 100, Labels(boxes))


IMAGES = (
    *(image(n, RED.id, RED.id) for n in range(96)),
    *(image(n, RED.id, PLATELETS.id) for n in range(96, 99)),
    image(99, WHITE.id),
)


def test_classes_are_counted_by_images_and_by_boxes() -> None:
    assert shares_of(CLASSES, IMAGES, SETTINGS) == (
        ClassShare("RBC", 99, 195, 0.99),
        ClassShare("WBC", 1, 1, 0.01),
        ClassShare("Platelets", 3, 3, 0.03),
    )


def test_what_is_not_learned_is_not_counted() -> None:
    images = (image(1, RED.id), image(2, RED.id, ignore=True), image(3, RED.id, difficult=True))
    assert shares_of((RED,), images, SETTINGS)[0].images == 1
    assert shares_of((RED,), images, replace(SETTINGS, difficult="learn"))[0].images == 2


def test_an_image_has_the_factor_of_its_rarest_class() -> None:
    # LVIS, section 5, with t = 0.12: RBC 1, Platelets sqrt(0.12 / 0.03) = 2, WBC sqrt(12)
    factors = repeats(IMAGES, replace(SETTINGS, repeat_rare=0.12))
    assert factors[:96] == (1.0,) * 96
    assert factors[96:] == pytest.approx((2.0, 2.0, 2.0, 12**0.5))


def test_an_image_without_objects_is_shown_once() -> None:
    assert repeats((image(1, WHITE.id), image(2)), replace(SETTINGS, repeat_rare=1.0))[1] == 1


def test_at_nought_all_images_are_shown_alike() -> None:
    assert set(repeats(IMAGES, SETTINGS)) == {1.0}


def test_rare_is_a_tenth_of_the_commonest() -> None:
    def of(*images: int) -> list[str]:
        counts = {c.id: n for c, n in zip(CLASSES, images, strict=True)}
        return [c.name for c in rare(shares(CLASSES, counts, counts, 200))]

    assert of(100, 10, 11) == ["WBC"]
    assert of(100, 10, 3) == ["Platelets", "WBC"]
    assert of(100, 0, 11) == []  # of a class that nobody has drawn there is nothing to repeat
    assert of(0, 0, 0) == []


def test_the_person_is_told_which_class_is_rare_and_what_would_help() -> None:
    few = shares((RED, PLATELETS), {RED.id: 360, PLATELETS.id: 12}, {}, 364)
    assert proposed(few) == 0.33
    # sqrt(0.33 / (12 / 364)) = 3.16
    assert in_words(few, 364, 0) == (
        "Platelets is on 12 of 364 images. “Repeat rare classes” at 0.33 shows them 3.2 times as often."
    )
    assert in_words(few, 364, 0.33) == "Images of rare classes are shown more often: Platelets 3.2 times."


def test_of_several_rare_classes_the_rarest_comes_first() -> None:
    assert in_words(shares_of(CLASSES, IMAGES, SETTINGS), 100, 0).startswith(
        "WBC is on 1, Platelets on 3 of 100 images."
    )


def test_of_even_classes_nothing_is_said() -> None:
    even = shares((RED, WHITE), {RED.id: 90, WHITE.id: 10}, {}, 100)
    assert in_words(even, 100, 0) == ""
    assert in_words(even, 100, 0.05) == ""
    assert in_words((), 0, 0) == ""
