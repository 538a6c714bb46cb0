"""A server of the test's own, and a file of torchvision's layout on it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import torch
from torchvision import models

from model.network.sources.registry import kind_named, source_for
from model.network.sources.source import Source
from tests.model.network.twins import random_norms


@dataclass
class Server:
    """What it sends, and how often it was asked."""

    url: str = ""
    data: bytes = b""
    promised: int | None = None  # bytes, where not those that come
    status: int = 200
    pause_s: float = 0.0  # between pieces
    asked: list[str] = field(default_factory=list)


@contextmanager
def serving() -> Iterator[Server]:
    """A server on this machine, until the block ends."""
    it = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            it.asked.append(self.path)
            self.send_response(it.status)
            self.send_header("Content-Length", str(len(it.data) if it.promised is None else it.promised))
            self.end_headers()
            try:
                for start in range(0, len(it.data), 1 << 16):
                    self.wfile.write(it.data[start : start + (1 << 16)])
                    time.sleep(it.pause_s)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        it.url = f"http://127.0.0.1:{http.server_port}"
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield it
        http.shutdown()


def resnet18_on(server: Server, folder: Path) -> Source:
    """torchvision's ResNet-18 with other weights: its row, with the server's address and the right hash."""
    torch.manual_seed(0)
    body = models.resnet18(weights=None)
    random_norms(body)
    torch.save(body.state_dict(), folder / "made.pth")
    server.data = (folder / "made.pth").read_bytes()
    digest = hashlib.sha256(server.data).hexdigest()
    kind = kind_named("imagenet")
    assert kind is not None
    row = source_for(kind, "resnet18")
    assert row is not None
    return replace(row, url=f"{server.url}/{row.file.name}", hash=digest[:8], size=len(server.data))
