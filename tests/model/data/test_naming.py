"""Natural order, and which paths can stand in a project."""

from __future__ import annotations

import pytest

from model.data.naming import check_path, printable, sort_key


def test_numbers_count_as_numbers_and_case_does_not_matter() -> None:
    names = ["img10.jpg", "IMG2.jpg", "img1.jpg", "img002.jpg", "a.jpg"]
    assert sorted(names, key=lambda n: (sort_key(n), n)) == [
        "a.jpg", "img1.jpg", "IMG2.jpg", "img002.jpg", "img10.jpg",
    ]  # fmt: skip


def test_a_folder_stays_together() -> None:
    paths = ["a-1/x.jpg", "a/y.jpg", "a/10.jpg", "a/9.jpg"]
    assert sorted(paths, key=sort_key) == ["a/9.jpg", "a/10.jpg", "a/y.jpg", "a-1/x.jpg"]


def test_letters_with_accents_stand_beside_their_own() -> None:
    assert sorted(["z", "é", "f", "e", "E\u0301b"], key=sort_key) == ["e", "é", "E\u0301b", "f", "z"]


@pytest.mark.parametrize(
    "path", ["", "/etc/a.jpg", "../a.jpg", "a/../../b.jpg", "./a.jpg", "a//b.jpg", "a\0b.jpg"]
)
def test_a_path_outside_the_folder_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path inside"):
        check_path(path)


@pytest.mark.parametrize("path", ["a.jpg", "图像 ü/苹果.jpg", "..a/b..jpg", "[abc]*?.jpg", "<b>.jpg"])
def test_an_odd_path_inside_the_folder_is_not(path: str) -> None:
    check_path(path)


def test_a_name_that_is_not_utf_8_is_refused_in_words_that_can_be_shown() -> None:
    with pytest.raises(ValueError, match=r"^caf\\xe9\.jpg: the name is not UTF-8") as refused:
        check_path("caf\udce9.jpg")
    str(refused.value).encode("utf-8")
    assert printable("half \ud83d.jpg").isascii()  # Windows has these
