"""Pascal VOC XML as tools write it, as attackers write it, and as we write it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from model.data.formats import voc
from model.data.formats.format import Convention, FormatError
from model.records import Box, LabelClass, LabelledImage, Labels, State

ONE, ZERO = Convention.ONE_BASED, Convention.ZERO_BASED
CLASSES = (LabelClass(1, "person", "#000000"), LabelClass(7, "苹果 & <pear>", "#ffffff"))


def bndbox(*corners: object) -> str:
    tags = zip(("xmin", "ymin", "xmax", "ymax"), corners, strict=True)
    return "<bndbox>" + "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags) + "</bndbox>"


def annotation(*objects: str, before: str = "") -> bytes:
    inside = "".join(f"<object>{text}</object>" for text in objects)
    return f"<annotation>{before}{inside}</annotation>".encode()


def only(data: bytes) -> voc.LabelObject:
    (found,) = voc.read(data, "a.xml").objects
    return found


# ------------------------------------------------------------------------------------------ coordinates

SIDES = st.integers(1, 4000)


@st.composite
def images(draw: st.DrawFn) -> LabelledImage:
    width, height = draw(SIDES), draw(SIDES)
    boxes = []
    for _ in range(draw(st.integers(0, 5))):
        xmin, ymin = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
        xmax, ymax = draw(st.integers(xmin + 1, width)), draw(st.integers(ymin + 1, height))
        flags = [draw(st.booleans()) for _ in range(3)]
        pose = draw(st.sampled_from(["Unspecified", "Left", "Frontal"]))
        boxes.append(
            Box(xmin, ymin, xmax, ymax, draw(st.sampled_from([1, 7])), len(boxes), *flags, pose=pose)
        )
    unique = {(box.label, box.xyxy): box for box in boxes}
    return LabelledImage(1, "sub/a.jpg", width, height, Labels(tuple(unique.values()), State.DONE))


@given(images(), st.sampled_from(Convention))
def test_what_is_written_is_what_is_read(image: LabelledImage, convention: Convention) -> None:
    read = voc.read(voc.write(image, CLASSES, folder="JPEGImages", convention=convention), "a.xml")
    ids = {c.name: c.id for c in CLASSES}
    boxes = tuple(
        Box(*o.xyxy(convention), ids[o.name], o.number - 1, o.difficult, o.truncated, o.occluded, o.pose)
        for o in read.objects
    )
    assert [replace(box, uid=0) for box in boxes] == [replace(box, uid=0) for box in image.boxes]
    assert (read.filename, read.width, read.height, read.problems) == ("a.jpg", image.width, image.height, ())


FLOATS = st.floats(-50, 450, allow_nan=False)


@given(FLOATS, FLOATS, FLOATS, FLOATS)
def test_what_is_written_lies_in_the_image_and_reads_back_the_same(
    a: float, b: float, c: float, d: float
) -> None:
    box = min(a, c), min(b, d), max(a, c), max(b, d)
    xmin, ymin, xmax, ymax = voc.whole_pixels(box, 400, 300)
    assert 1 <= xmin <= xmax <= 400
    assert 1 <= ymin <= ymax <= 300
    assert voc.whole_pixels((xmin - 1, ymin - 1, xmax, ymax), 400, 300) == (xmin, ymin, xmax, ymax)


@given(FLOATS, FLOATS, FLOATS, FLOATS)
def test_counted_from_zero_it_lies_in_the_image_and_reads_back_the_same(
    a: float, b: float, c: float, d: float
) -> None:
    box = min(a, c), min(b, d), max(a, c), max(b, d)
    written = voc.whole_pixels(box, 400, 300, ZERO)
    assert 0 <= written[0] < written[2] <= 400
    assert 0 <= written[1] < written[3] <= 300
    assert voc.whole_pixels(written, 400, 300, ZERO) == written


def test_the_whole_image_is_1_1_width_height() -> None:
    assert voc.whole_pixels((0, 0, 640, 480), 640, 480) == (1, 1, 640, 480)
    assert only(annotation("<name>a</name>" + bndbox(1, 1, 640, 480))).xyxy(ONE) == (0, 0, 640, 480)


def test_a_tool_that_counts_from_the_edge_is_read_as_it_writes() -> None:
    found = only(annotation("<name>a</name>" + bndbox("0.0", "10.5", "640.0", "232.55614581592582")))
    assert found.xyxy(ZERO) == (0, 10.5, 640, 232.55614581592582)


@pytest.mark.parametrize(
    ("boxes", "convention"),
    [
        ([(1, 1, 640, 480), (5, 6, 7, 8)], ONE),
        ([(0, 0, 640, 480), (5, 6, 7, 8)], ZERO),
        ([(0, 7, 9, 9), (1, 1, 9, 9), (1, 1, 9, 9)], ONE),  # one slip among many
        ([(10.5, 6, 7, 8), (10, 20.25, 30, 40), (5, 6, 7, 8)], ZERO),
        ([], ONE),
    ],
)
def test_the_convention_of_a_folder_shows_in_its_boxes(boxes: list[tuple], convention: Convention) -> None:
    file = voc.read(annotation(*("<name>a</name>" + bndbox(*box) for box in boxes)), "a.xml")
    assert voc.guess_convention([file])[0] is convention


@pytest.mark.parametrize(
    ("odd", "plain", "evidence"),
    [
        (bndbox(0, 7, 9, 9), 30, ""),  # one slip among many
        (bndbox(0, 7, 9, 9), 3, "1 edge lies at 0, and 3 at 1"),
        (bndbox(45.5, 7, 90, 90), 30, ""),  # VOC2012 has such
        (bndbox(45.5, 7, 90, 90), 3, "1 of 4 boxes have fractions of pixels"),
    ],
)
def test_what_speaks_against_vocs_own_counting_is_told(odd: str, plain: int, evidence: str) -> None:
    objects = [odd, *(bndbox(1, 2 + number, 50, 60) for number in range(plain))]
    file = voc.read(annotation(*("<name>a</name>" + box for box in objects)), "a.xml")
    assert voc.guess_convention([file]) == (ONE, evidence)


# ------------------------------------------------------------------------------------------ as tools write it


def test_only_direct_children_count_and_parts_may_come_first() -> None:
    part = "<part><name>head</name>" + bndbox(169, 104, 209, 146) + "</part>"
    found = only(annotation(part + "<name>person</name>" + bndbox(174, 101, 349, 351) + part))
    assert (found.name, found.written) == ("person", (174, 101, 349, 351))


def test_the_order_of_children_does_not_matter() -> None:
    corners = "<bndbox><xmax>30</xmax><xmin>10</xmin><ymax>40</ymax><ymin>20</ymin></bndbox>"
    found = only(
        annotation(corners + "<difficult>1</difficult><actions><name>1</name></actions><name>a</name>")
    )
    assert (found.written, found.difficult, found.name) == ((10, 20, 30, 40), True, "a")


def test_missing_and_empty_tags_are_defaults() -> None:
    size = "<size><width/><height></height><depth/></size>"
    data = annotation("<pose/><truncated/><name> a \n b </name>" + bndbox(1, 2, 3, 4), before=size)
    read = voc.read(data, "a.xml")
    found = read.objects[0]
    assert (read.width, read.height, read.filename, read.problems) == (0, 0, "", ())
    assert (found.name, found.pose, found.truncated, found.difficult) == ("a b", "Unspecified", False, False)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("1.0", True), ("yes", True), ("True", True), ("no", False)]
)
def test_flags_are_read_in_every_spelling(text: str, value: bool) -> None:
    assert (
        only(annotation(f"<name>a</name><truncated>{text}</truncated>" + bndbox(1, 2, 3, 4))).truncated
        is value
    )


def test_a_flag_that_is_neither_is_told() -> None:
    read = voc.read(annotation("<name>a</name><difficult>maybe</difficult>" + bndbox(1, 2, 3, 4)), "a.xml")
    assert read.problems == ("object 1 (a): difficult is “maybe”, taken for no",)


def test_swapped_corners_are_put_right_and_told() -> None:
    read = voc.read(annotation("<name>a</name>" + bndbox(30, 2, 10, 4)), "a.xml")
    assert read.objects[0].written == (10, 2, 30, 4)
    assert read.problems == ("object 1 (a): its corners were the wrong way round",)


def test_an_object_that_is_there_twice_counts_once_and_is_told() -> None:
    same = "<name>a</name>" + bndbox(1, 2, 3, 4)
    read = voc.read(annotation(same, same, "<name>b</name>" + bndbox(1, 2, 3, 4)), "a.xml")
    assert [o.name for o in read.objects] == ["a", "b"]
    assert read.problems == ("object 2 (a) was left out: it is there twice",)


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("<name>a</name>", "object 1 was left out: this a has no box"),
        (bndbox(1, 2, 3, 4), "object 1 was left out: it has no name"),
        ("<name>a</name><bndbox><xmin>1</xmin></bndbox>", "object 1 was left out: its box has no ymin"),
    ],
)
def test_an_object_without_name_or_box_is_left_out_and_told(inside: str, problem: str) -> None:
    read = voc.read(annotation(inside, "<name>b</name>" + bndbox(1, 2, 3, 4)), "a.xml")
    assert [(o.name, o.number) for o in read.objects] == [("b", 2)]
    assert read.problems == (problem,)


@pytest.mark.parametrize("text", ["NaN", "inf", "-inf", "1e999", "1_0", "１２", "0x10", "12,5", "1e7"])
def test_what_is_no_number_is_left_out_and_told(text: str) -> None:
    read = voc.read(annotation("<name>a</name>" + bndbox(text, 2, 3, 4)), "a.xml")
    assert read.objects == ()
    assert read.problems == (f"object 1 was left out: its xmin is “{text}”",)


def test_of_several_boxes_in_an_object_the_first_counts() -> None:
    read = voc.read(annotation("<name>a</name>" + bndbox(1, 2, 3, 4) + bndbox(5, 6, 7, 8)), "a.xml")
    assert read.objects[0].written == (1, 2, 3, 4)
    assert "has 2 boxes" in read.problems[0]


def test_a_default_namespace_hides_nothing() -> None:
    data = annotation("<name>a</name>" + bndbox(1, 2, 3, 4)).replace(
        b"<annotation>", b'<annotation xmlns="urn:x">'
    )
    assert only(data).name == "a"


def test_comments_and_instructions_between_tags_are_passed_over() -> None:
    data = b"<?xml version='1.0'?><!-- x -->" + annotation(
        "<!-- y --><?z?><name>a<!-- w --></name>" + bndbox(1, 2, 3, 4)
    )
    assert only(data).name == "a"


# ------------------------------------------------------------------------------------------ encodings

NAMED = "<annotation><object><name>苹果 é</name>" + bndbox(1, 2, 3, 4) + "</object></annotation>"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
def test_encodings_and_byte_order_marks(encoding: str) -> None:
    declared = encoding.removesuffix("-sig").replace("utf-16-le", "utf-16")
    data = f'<?xml version="1.0" encoding="{declared}"?>{NAMED}'.encode(encoding)
    assert only(data).name == "苹果 é"


def test_shift_jis_which_other_parsers_refuse_is_read() -> None:
    data = f'<?xml version="1.0" encoding="Shift_JIS"?>{NAMED.replace("苹果 é", "りんご")}'.encode(
        "shift_jis"
    )
    assert only(data).name == "りんご"


def test_a_file_that_is_not_in_the_encoding_it_claims_is_read_and_told() -> None:
    for declaration in ("", '<?xml version="1.0" encoding="utf-8"?>'):
        read = voc.read((declaration + NAMED.replace("苹果", "")).encode("cp1252"), "a.xml")
        assert read.objects[0].name == "é"
        assert read.problems == ("is not in the encoding it claims; it was read as Windows-1252",)


def test_an_encoding_that_nobody_knows_is_read_as_utf8() -> None:
    read = voc.read(f'<?xml version="1.0" encoding="klingon"?>{NAMED}'.encode(), "a.xml")
    assert read.objects[0].name == "苹果 é"


# ------------------------------------------------------------------------------------------ hostile


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"^a\.xml, line 1, is not well-formed XML"),
        (b"<annotation>\n<object>\n</annotation>", r"^a\.xml, line 3, is not well-formed XML"),
        (b"\xff\xd8\xff\xe0 a jpeg", "is not well-formed XML"),
        (b"<html><body/></html>", r"^a\.xml is XML, but no Pascal VOC annotation: it begins with <html>\.$"),
        (b"<annotation>\x01</annotation>", "is not well-formed XML"),
        (b"<a>" * 100_000, "is not well-formed XML"),
    ],
)
def test_what_is_no_annotation_is_refused_with_its_name_and_line(data: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=reason):
        voc.read(data, "a.xml")


def billion_laughs() -> str:
    lines = ['<!ENTITY l0 "lol">'] + [f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE annotation [{''.join(lines)}]><annotation>&l9;</annotation>"


def entity_chain() -> str:
    """3 MB at 120,000 entities end Python itself in xml.etree (CVE-2024-8176)."""
    lines = ['<!ENTITY a0 "x">'] + [f'<!ENTITY a{n} "&a{n - 1};">' for n in range(1, 120_000)]
    return f"<!DOCTYPE annotation [{''.join(lines)}]><annotation>&a119999;</annotation>"


EXTERNAL = (
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>'
)
PARAMETER = '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://localhost:1/x.dtd"> %x;]><annotation/>'
ATTRIBUTE = '<!DOCTYPE a [<!ENTITY x "y"><!ATTLIST annotation z CDATA "&x;">]><annotation/>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [billion_laughs(), entity_chain(), EXTERNAL, PARAMETER, ATTRIBUTE],
    ids=["billion laughs", "chain", "external", "parameter", "attribute"],
)
def test_entities_are_refused_unread(text: str, encoding: str) -> None:
    with pytest.raises(FormatError, match=r"a\.xml declares XML entities"):
        voc.read(text.encode(encoding), "a.xml")


def test_a_document_type_without_entities_is_harmless() -> None:
    doctype = b'<!DOCTYPE annotation SYSTEM "file:///nowhere.dtd">'
    assert only(doctype + annotation("<name>a</name>" + bndbox(1, 2, 3, 4))).name == "a"


# ------------------------------------------------------------------------------------------ writing


def written(*boxes: Box) -> etree._Element:
    image = LabelledImage(1, "sub folder/ü.jpg", 100, 50, Labels(boxes, State.DONE))
    return etree.fromstring(voc.write(image, CLASSES, folder="JPEGImages", depth=1))


def test_children_stand_where_positional_readers_look() -> None:
    root = written(Box(0, 0, 10, 10, 1, occluded=True))
    assert [child.tag for child in root] == ["folder", "filename", "source", "size", "segmented", "object"]
    assert [child.tag for child in root.find("size")] == ["width", "height", "depth"]
    assert [child.tag for child in root.find("object")] == [
        "name", "pose", "truncated", "difficult", "bndbox", "occluded",
    ]  # fmt: skip
    assert [child.tag for child in root.find("object/bndbox")] == ["xmin", "ymin", "xmax", "ymax"]


def test_flags_depth_and_names_are_always_written() -> None:
    root = written(Box(0, 0, 10, 10, 7))
    found = root.find("object")
    assert [found.findtext(tag) for tag in ("name", "pose", "truncated", "difficult")] == [
        "苹果 & <pear>", "Unspecified", "0", "0",
    ]  # fmt: skip
    assert root.findtext("size/depth") == "1"
    assert (root.findtext("folder"), root.findtext("filename")) == ("JPEGImages", "ü.jpg")


def test_no_path_leaves_the_machine() -> None:
    assert written().find("path") is None


def test_an_image_without_objects_is_an_annotation_without_objects() -> None:
    assert written().findall("object") == []


def test_a_label_without_its_class_is_refused() -> None:
    with pytest.raises(ValueError, match="has class 99"):
        written(Box(0, 0, 1, 1, 99))


def test_a_name_that_xml_cannot_hold_is_refused() -> None:
    image = LabelledImage(1, "a.jpg", 10, 10, Labels((Box(0, 0, 1, 1, 1),), State.DONE))
    with pytest.raises(ValueError, match="XML"):
        voc.write(image, (LabelClass(1, "bell\a", "#000000"),), folder="x")
