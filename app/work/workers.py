"""Threads that take the newest task first: for short pieces of work of which the latest are wanted most."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from app.work.job import attempt, lower_priority


class Workers:
    """A stack of tasks and the threads that empty it. A task has a key: asked for again, it moves to the top.

    Past `limit` waiting tasks the oldest is dropped: it was wanted for what has long left the screen,
    and whoever still wants it asks again.
    """

    def __init__(self, doing: str, threads: int = 1, nice: int = 0, limit: int = 1000) -> None:
        self._doing = doing
        self._nice = nice
        self._limit = limit
        self._tasks: OrderedDict[Hashable, Callable[[], object]] = OrderedDict()  # the newest is last
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{doing} {n}", daemon=True) for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, key: Hashable, task: Callable[[], object]) -> None:
        """Ask for a task, before all that wait."""
        with self._changed:
            self._tasks.pop(key, None)
            self._tasks[key] = task
            while len(self._tasks) > self._limit:
                self._tasks.popitem(last=False)
            self._changed.notify()

    def clear(self) -> None:
        """Forget every task that has not been started."""
        with self._changed:
            self._tasks.clear()

    def close(self, limit_s: float = 2.0) -> bool:
        """Take no more tasks, and wait at most this long for those that run; whether all threads are gone."""
        with self._changed:
            self._closed = True
            self._tasks.clear()
            self._changed.notify_all()
        deadline = time.monotonic() + limit_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _run(self) -> None:
        lower_priority(self._nice)
        while (task := self._take()) is not None:
            attempt(task, self._doing)

    def _take(self) -> Callable[[], object] | None:
        with self._changed:
            while not self._tasks and not self._closed:
                self._changed.wait()
            return None if self._closed else self._tasks.popitem(last=True)[1]
