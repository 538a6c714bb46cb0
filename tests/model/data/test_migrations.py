"""A project that an older version wrote is read by this one: labels, undo and journal intact."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from model.data import opening
from model.data.project import Project
from model.records import Box, Detection, Edit, LabelClass, Labels, LabelsChange, State

# what the program wrote when the schema was of version 1, row by row
VERSION_1 = """
INSERT INTO classes VALUES(1,'bolt','#e69f00',0,3);
INSERT INTO classes VALUES(2,'nut','#56b4e9',1,1);
INSERT INTO images VALUES(1,'a.jpg','a.jpg',640,480,'done',3,'','',NULL,NULL);
INSERT INTO images VALUES(2,'b.jpg','b.jpg',640,480,'to do',1,'','',NULL,NULL);
INSERT INTO images VALUES(3,'c.jpg','c.jpg',640,480,'nothing here',0,'','',NULL,NULL);
INSERT INTO boxes VALUES(1,0,10.0,20.0,110.0,70.5,1,11,1,0,0,'Left');
INSERT INTO boxes VALUES(1,1,200.0,20.0,260.0,80.0,2,12,0,1,0,'Unspecified');
INSERT INTO boxes VALUES(1,2,300.0,20.0,360.0,80.0,1,13,0,0,1,'Unspecified');
INSERT INTO boxes VALUES(2,0,10.0,20.0,110.0,70.5,1,14,1,0,0,'Left');
INSERT INTO journal VALUES(1,'2025-01-01T00:00:00.531+00:00','edit',NULL,NULL,'Add classes');
INSERT INTO journal VALUES(2,'2025-01-01T00:00:00.532+00:00','edit',NULL,1,'Draw boxes');
INSERT INTO journal VALUES(3,'2025-01-01T00:00:00.533+00:00','edit',NULL,2,'Draw another');
INSERT INTO journal VALUES(4,'2025-01-01T00:00:00.533+00:00','edit',NULL,3,'Draw on b');
INSERT INTO journal VALUES(5,'2025-01-01T00:00:00.534+00:00','edit',NULL,4,'Nothing here');
INSERT INTO journal VALUES(6,'2025-01-01T00:00:00.534+00:00','edit',NULL,5,'Delete box');
INSERT INTO journal VALUES(7,'2025-01-01T00:00:00.535+00:00','undo',6,NULL,'Delete box');
INSERT INTO journal VALUES(8,'2025-01-01T00:00:00.535+00:00','edit',NULL,5,'Move box');
INSERT INTO journal VALUES(9,'2025-01-01T00:00:00.536+00:00','undo',8,NULL,'Move box');
INSERT INTO changes VALUES(1,0,NULL,0,'[]','[[1,"bolt","#e69f00"],[2,"nut","#56b4e9"]]');
INSERT INTO changes VALUES(2,0,1,0,'["to do"]',
 '["to do",[10.0,20.0,110.0,70.5,1,11,1,0,0,"Left"],[200.0,20.0,260.0,80.0,2,12,0,1,0,"Unspecified"]]');
INSERT INTO changes VALUES(3,0,1,2,'["to do"]','["done",[300.0,20.0,360.0,80.0,1,13,0,0,1,"Unspecified"]]');
INSERT INTO changes VALUES(4,0,2,0,'["to do"]','["to do",[10.0,20.0,110.0,70.5,1,14,1,0,0,"Left"]]');
INSERT INTO changes VALUES(5,0,3,0,'["to do"]','["nothing here"]');
INSERT INTO changes VALUES(6,0,1,1,'["done",[200.0,20.0,260.0,80.0,2,12,0,1,0,"Unspecified"]]','["done"]');
INSERT INTO changes VALUES(8,0,2,0,'["to do",[10.0,20.0,110.0,70.5,1,14,1,0,0,"Left"]]',
 '["to do",[12.0,20.0,110.0,70.5,1,14,1,0,0,"Left"]]');
INSERT INTO models VALUES(1,'m','m.safetensors','2025-01-01T00:00:00.536+00:00','fast','["bolt"]',0.5,0.75);
INSERT INTO notes VALUES('k','v');
INSERT INTO predictions VALUES(1,'m','[[400.0,300.0,450.0,350.0,"nut",0.5]]');
INSERT INTO verdicts VALUES(1,'2025-01-01T00:00:00.537+00:00',1,'rejected','nut',0.5,400.0,300.0,450.0,350.0);
"""
BOLT, NUT = LabelClass(1, "bolt", "#e69f00"), LabelClass(2, "nut", "#56b4e9")
FIRST = Box(10, 20, 110, 70.5, 1, uid=11, difficult=True, pose="Left")
SECOND = Box(200, 20, 260, 80, 2, uid=12, truncated=True)
THIRD = Box(300, 20, 360, 80, 1, uid=13, occluded=True)


@pytest.fixture
def project(tmp_path: Path):
    with monkeypatched_to_version_1(), Project.open(tmp_path) as old:
        file = old.file
    with closing(sqlite3.connect(file)) as db:
        db.executescript(VERSION_1)
        assert db.execute("PRAGMA user_version").fetchone() == (1,)
    with Project.open(tmp_path) as project:
        yield project


class monkeypatched_to_version_1(pytest.MonkeyPatch):  # noqa: N801  a context
    """While it lasts, the program knows the first schema alone."""

    def __enter__(self) -> None:
        first = opening.migrations()[:1]
        self.setattr(opening, "migrations", lambda: first)

    def __exit__(self, *error: object) -> None:
        self.undo()


def test_labels_classes_and_counts_are_as_they_were(project: Project) -> None:
    assert project.labels(1) == Labels((FIRST, SECOND, THIRD), State.DONE)
    assert project.labels(2) == Labels((replace(FIRST, uid=14),))
    assert project.labels(3) == Labels((), State.EMPTY)
    assert project.classes() == (BOLT, NUT)
    assert project.class_counts() == {1: 3, 2: 1}
    assert project.class_images() == {1: 2, 2: 1}
    assert project.note("k") == "v"
    assert project.predictions(1, "m") == (Detection(400, 300, 450, 350, "nut", 0.5),)
    (rejected,) = project.snapshot().images[0].rejected
    assert (rejected.xyxy, rejected.label) == ((400, 300, 450, 350), 2)


def test_what_was_undone_is_redone_and_what_stands_is_undone_to_the_beginning(project: Project) -> None:
    assert project.redo_text() == "Move box"
    project.redo()
    assert project.labels(2).boxes[0].xmin == 12
    texts = []
    while project.undo_text():
        texts.append(project.undo_text())
        project.undo()
    assert texts == ["Move box", "Nothing here", "Draw on b", "Draw another", "Draw boxes", "Add classes"]
    assert [project.labels(image) for image in (1, 2, 3)] == [Labels()] * 3
    for _ in texts:
        project.redo()
    assert project.labels(1) == Labels((FIRST, SECOND, THIRD), State.DONE)
    assert project.class_counts() == {1: 3, 2: 1}
    assert project.class_images() == {1: 2, 2: 1}


def test_an_old_box_can_be_made_an_area_to_ignore(project: Project) -> None:
    before = project.labels(1)
    after = replace(before, boxes=(FIRST, replace(SECOND, ignore=True), THIRD))
    project.apply(Edit("Ignore", (LabelsChange(1, before, after),)))
    assert project.labels(1) == after
    assert project.image(1).box_count == 2
    assert project.class_counts() == {1: 3, 2: 0}
    assert project.class_images() == {1: 2, 2: 0}
    project.undo()
    assert project.labels(1) == before
    project.redo()
    assert project.labels(1) == after


def test_a_migrated_project_opens_again(project: Project) -> None:
    with Project.open(project.folder) as again, closing(sqlite3.connect(again.file)) as db:
        assert again.labels(1) == project.labels(1)
        assert db.execute("PRAGMA user_version").fetchone() == (len(opening.migrations()),)
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
