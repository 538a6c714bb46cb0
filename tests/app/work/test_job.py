"""Long work on a thread: order, pause, stop, failure, and the window closing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from app.work.job import Job, Outcome, failure_of, stop_all
from model.records import Hold


class Ear:
    """Hears everything a job says, in the order in which it arrives."""

    def __init__(self, job: Job) -> None:
        self.heard: list[object] = []
        job.yielded.connect(self.heard.append)
        job.failed.connect(self.heard.append)
        job.ended.connect(self.heard.append)


def run(qtbot, job: Job) -> list[object]:
    ear = Ear(job)
    with qtbot.waitSignal(job.ended, timeout=5000):
        job.begin()
    return ear.heard


def test_yields_arrive_in_order_and_the_last_is_not_lost(qtbot):
    heard = run(qtbot, Job(lambda: iter(range(500)), "counting"))
    assert heard == [*range(500), Outcome.FINISHED]


def test_the_work_runs_on_another_thread(qtbot):
    def work() -> Iterator[int]:
        yield threading.get_ident()

    assert run(qtbot, Job(work, "looking"))[0] != threading.get_ident()


def test_stopping_closes_the_generator_on_its_own_thread(qtbot):
    closed_on: list[int] = []
    runs_on: list[int] = []

    def work() -> Iterator[int]:
        runs_on.append(threading.get_ident())
        try:
            while True:
                time.sleep(0.001)
                yield 1
        finally:
            closed_on.append(threading.get_ident())

    job = Job(work, "going round")
    ear = Ear(job)
    with qtbot.waitSignal(job.yielded, timeout=5000):
        job.begin()
    with qtbot.waitSignal(job.ended, timeout=5000):
        job.stop()
    assert closed_on == runs_on
    assert closed_on != [threading.get_ident()]
    assert ear.heard[-1] is Outcome.STOPPED


def test_a_paused_job_stands_still_until_it_is_resumed(qtbot):
    steps: list[int] = []

    def work() -> Iterator[int]:
        for step in range(10_000):
            steps.append(step)
            time.sleep(0.001)
            yield step

    job = Job(work, "stepping")
    with qtbot.waitSignal(job.yielded, timeout=5000):
        job.begin()
    job.pause()
    qtbot.wait(30)
    stood_at = len(steps)
    qtbot.wait(60)
    assert len(steps) == stood_at
    assert job.is_paused
    job.resume()
    qtbot.waitUntil(lambda: len(steps) > stood_at, timeout=5000)
    assert job.stop_and_wait(5)


def test_a_paused_job_can_be_stopped(qtbot):
    closed = threading.Event()

    def work() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    job = Job(work, "waiting")
    job.pause()
    with qtbot.waitSignal(job.yielded, timeout=5000):
        job.begin()
    assert job.stop_and_wait(5)
    assert closed.is_set()


def test_a_failure_is_a_sentence_and_keeps_its_traceback_for_the_log(qtbot, caplog):
    def work() -> Iterator[int]:
        yield 1
        raise KeyError("anchors")

    heard = run(qtbot, Job(work, "training"))
    failure = heard[1]
    assert heard[0] == 1
    assert heard[2] is Outcome.FAILED
    assert failure.sentence == (
        "Something went wrong inside Fovea while training (KeyError). The details are in the log."
    )
    assert "raise KeyError" in failure.traceback
    assert "raise KeyError" in caplog.text


def test_a_generator_that_fails_while_it_is_closed_says_so(qtbot):
    def work() -> Iterator[int]:
        try:
            while True:
                yield 1
        finally:
            raise OSError(28, "No space left on device", "checkpoint.safetensors")

    job = Job(work, "training")
    ear = Ear(job)
    with qtbot.waitSignal(job.yielded, timeout=5000):
        job.begin()
    with qtbot.waitSignal(job.ended, timeout=5000):
        job.stop()
    assert ear.heard[-1] is Outcome.FAILED
    assert ear.heard[-2].sentence == "“checkpoint.safetensors”: No space left on device."


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("a.jpg: box 3 is 0 px wide; a box needs at least 1 px"),) * 2,
        (MemoryError(), "There was not enough memory for training."),
        (RuntimeError("CUDA out of memory."), "There was not enough memory for training."),
        (PermissionError(13, "Permission denied", "b.jpg"), "“b.jpg”: Permission denied."),
    ],
)
def test_errors_that_say_what_is_wrong_are_told_as_they_are(error, sentence):
    assert failure_of(error, "training").sentence == str(sentence)


def test_closing_the_window_stops_every_job_and_waits(qtbot):
    closed: list[int] = []

    def work(number: int) -> Iterator[int]:
        try:
            while True:
                time.sleep(0.001)
                yield number
        finally:
            closed.append(number)

    jobs = [Job(lambda n=n: work(n), "working") for n in (1, 2)]
    for job in jobs:
        with qtbot.waitSignal(job.yielded, timeout=5000):
            job.begin()
    assert stop_all(5)
    assert sorted(closed) == [1, 2]


def test_waiting_for_a_job_that_does_not_yield_has_a_limit(qtbot):
    let_go = threading.Event()

    def work() -> Iterator[int]:
        let_go.wait()
        yield 1

    job = Job(work, "sleeping")
    job.begin()
    began = time.monotonic()
    assert not stop_all(0.05)
    assert time.monotonic() - began < 2
    with qtbot.waitSignal(job.ended, timeout=5000):
        let_go.set()


def test_a_job_that_holds_tells_its_generator_before_it_waits(qtbot):
    said: list[str] = []

    def work():
        number = 0
        while True:
            number += 1
            if (yield number) is Hold.ASKED:
                said.append("gave back")
                yield Hold.HELD
                said.append("took back")

    job = Job(work, "training", holds=True)
    heard: list[object] = []
    job.yielded.connect(heard.append)
    with qtbot.waitSignal(job.yielded, timeout=5000):
        job.begin()
    job.pause()
    qtbot.waitUntil(lambda: said == ["gave back"], timeout=5000)
    qtbot.wait(30)
    stood_at = len(heard)
    qtbot.wait(30)
    assert (said, len(heard)) == (["gave back"], stood_at)
    job.resume()
    qtbot.waitUntil(lambda: said == ["gave back", "took back"], timeout=5000)
    with qtbot.waitSignal(job.ended, timeout=5000):
        job.stop()
    assert Hold.HELD not in heard
    assert heard == list(range(1, len(heard) + 1))  # nothing was lost on the way
