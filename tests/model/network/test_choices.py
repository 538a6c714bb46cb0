"""docs/retinanet.md names seven choices; each test that it gives for one is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TABLE = [
    line for line in (ROOT / "docs" / "retinanet.md").read_text("utf-8").splitlines() if "::test_" in line
]


def test_each_of_the_seven_choices_is_pinned_by_a_test_that_is_there():
    assert len(TABLE) == 7
    for line in TABLE:
        pinned = re.findall(r"`([\w/]+\.py)::(test_\w+)`", line)
        assert pinned
        for file, test in pinned:
            text = (ROOT / "tests" / "model" / file).read_text("utf-8")
            assert re.search(rf"^def {test}\(", text, re.MULTILINE), f"{file}::{test}"
