"""CUDA graphs: a network whose kernels are queued once and then replayed, without Python in between.

At batch 1 a GPU waits longer for Python to queue some 300 kernels than for the kernels.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor

from model.network.retinanet import Outputs

log = logging.getLogger(__name__)

Run = Callable[[Tensor], Outputs]

MOST_SHAPES = 4  # each holds the activations of its shape: 0.5 GB at 800 px in float16
WARM_UP = 3  # runs before a capture, in which libraries choose their kernels
TOLERANCE = 1e-2  # of logits and deltas: in half precision kernels may add up in another order


class Graphs:
    """A function of one tensor, replayed for the shapes that come again; a shape's first time is run plainly.

    A replay that cannot be captured, or answers otherwise than the function, is never used: the shape is run
    plainly from then on. Used by one thread at a time.
    """

    def __init__(self, run: Run, capture: Callable[[Run, Tensor], Run]) -> None:
        self._run, self._capture = run, capture
        self._seen: OrderedDict[torch.Size, Run | None] = OrderedDict()

    def __call__(self, pixels: Tensor) -> Outputs:
        shape = pixels.shape
        if shape not in self._seen:
            self._seen[shape] = None
            while len(self._seen) > MOST_SHAPES:
                self._seen.popitem(last=False)
            return self._run(pixels)
        self._seen.move_to_end(shape)
        replay = self._seen[shape]
        if replay is None:
            replay = self._seen[shape] = self._captured(pixels)
        return replay(pixels)

    def _captured(self, pixels: Tensor) -> Run:
        try:
            replay = self._capture(self._run, pixels)
            pairs = zip(replay(pixels), self._run(pixels), strict=True)
            if all(torch.allclose(mine, plain, TOLERANCE, TOLERANCE) for mine, plain in pairs):
                return replay
            log.warning(
                "a CUDA graph of %s answers otherwise than the network; not used", tuple(pixels.shape)
            )
        except RuntimeError as error:  # an operation that cannot be captured, or no memory for it
            log.warning("no CUDA graph of %s: %s", tuple(pixels.shape), error)
        return self._run


def capture(run: Run, example: Tensor) -> Run:
    """A replay of run() for tensors like the example, on its CUDA device. Raises RuntimeError."""
    given = example.clone()
    stream = torch.cuda.Stream(example.device)
    stream.wait_stream(torch.cuda.current_stream(example.device))
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            run(given)
    torch.cuda.current_stream(example.device).wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    # thread_local: training in another thread goes on with what a capture forbids
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        made = run(given)

    def replay(pixels: Tensor) -> Outputs:
        given.copy_(pixels, non_blocking=True)
        graph.replay()
        return Outputs(*(tensor.clone() for tensor in made))  # the next replay writes over them

    return replay
