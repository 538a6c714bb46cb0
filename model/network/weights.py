"""A network's weights as a value and as a file: safetensors, with all that their use needs in the header."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from model.data.files import write_atomically
from model.data.weights_header import LARGEST_VALUE, architecture_from
from model.network.retinanet import RetinaNet
from model.records import Architecture

STARTER = Path(__file__).resolve().parents[2] / "resources" / "weights" / "starter.safetensors"
FORMAT = "fovea weights 1"
SCALE = "#scale"  # "x#scale" beside an int8 "x": x is their product, one scale for each output channel
LARGEST_HEADER = 100_000_000  # bytes: safetensors' own limit
CHUNK = 1 << 22  # bytes
LARGEST_FILE = 1 << 30  # bytes; ResNet-101 with 256 channels is a fifth of it


class WeightsError(Exception):
    """Weights that cannot be used: which file, why, and what can be done."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a detector is made of. Nobody changes the tensors in place: they are shared between threads.

    tensors are RetinaNet's state_dict, on the CPU, without the counters of batch norm. about holds facts for
    people and for later (preset, metrics as JSON, epochs, created); all are strings.
    """

    architecture: Architecture
    classes: tuple[str, ...]
    tensors: dict[str, Tensor]
    about: dict[str, str] = field(default_factory=dict)


class Facts(NamedTuple):
    """A weights file without its tensors."""

    architecture: Architecture
    classes: tuple[str, ...]
    about: dict[str, str]


def build(weights: Weights, device: str | torch.device = "cpu") -> RetinaNet:
    """A network with these weights, to detect with: it does not learn, and on the CPU it shares their memory.

    Weights that were trained with norm="batch" serve as well: their norms are kept as they ended.
    """
    with torch.device("meta"):  # no memory and no time for numbers that are replaced at once
        network = RetinaNet(weights.architecture, len(weights.classes))
    network.load_state_dict(weights.tensors, assign=True)
    return network.eval().requires_grad_(False).to(device)


def state_of(network: RetinaNet) -> dict[str, Tensor]:
    """A copy of a network's state on the CPU, without the counters that only training needs."""
    return {
        name: tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


# ------------------------------------------------------------------------------------------ files


def save(weights: Weights, path: Path) -> None:
    """Write a weights file whole, or leave what was there. Raises OSError."""
    tensors = {name: tensor.contiguous() for name, tensor in weights.tensors.items()}
    header = {
        "format": FORMAT,
        "architecture": json.dumps(asdict(weights.architecture)),
        "classes": json.dumps(weights.classes, ensure_ascii=False),
        "about": json.dumps(weights.about, ensure_ascii=False),
        "hash": hash_of(tensors),
    }
    write_safetensors(path, tensors, header)


def load(path: Path) -> Weights:
    """Read a weights file, packed or not. Raises WeightsError with a sentence."""
    header, stored = read_safetensors(path)
    written_by = header.get("format", "")
    if written_by != FORMAT:
        if written_by.startswith(FORMAT.rstrip("1")):
            raise WeightsError(f"{path.name} was written by a newer Fovea; update this one to read it.")
        raise WeightsError(f"{path.name} holds tensors, but it is not a weights file of Fovea.")
    if header.get("hash") != hash_of(stored):
        raise WeightsError(
            f"{path.name} is damaged: its tensors are not those that were saved. Use another copy."
        )
    facts = _facts(path, header)
    tensors = _checked(path, facts.architecture, len(facts.classes), unpack(stored))
    return Weights(facts.architecture, facts.classes, tensors, facts.about)


def facts_of(path: Path) -> Facts:
    """What a weights file says about itself, without its tensors. Raises WeightsError."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(min(length, LARGEST_HEADER))).get("__metadata__", {})
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (ValueError, AttributeError, RecursionError) as error:
        raise WeightsError(f"{path.name} is not a weights file.") from error
    return _facts(path, header)


def _facts(path: Path, header: Mapping[str, str]) -> Facts:
    try:
        about = dict(json.loads(header["about"])).items()
        return Facts(
            architecture_from(json.loads(header["architecture"])),
            _class_names(json.loads(header["classes"])),
            {str(key): str(value) for key, value in about},
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path.name} has a header that cannot be read ({error}).") from error


def write_safetensors(path: Path, tensors: dict[str, Tensor], header: dict[str, str]) -> None:
    """Write contiguous tensors and the header's metadata whole, or leave what was there. Raises OSError.

    Straight to a file: made as bytes first, it holds the interpreter, and the window, for 2 s a gigabyte.
    """
    write_atomically(path, lambda temporary: save_file(tensors, temporary, header))


def read_safetensors(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header's metadata and the tensors of a safetensors file. Raises WeightsError."""
    check_regular(path)
    start = b""
    try:
        with path.open("rb") as file:
            start = file.read(64)
            # all of it into the system's cache: a page of a mapped file that cannot be read ends the process
            while file.read(CHUNK):
                pass
        # mapped and copied: made of bytes, tensors hold the interpreter, and the window, for 3 s a gigabyte; left
        # mapped, the file could not be replaced on Windows
        with safe_open(path, "pt") as opened:
            tensors = {name: opened.get_tensor(name).clone() for name in opened.keys()}  # noqa: SIM118
            return dict(opened.metadata() or {}), tensors
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (SafetensorError, KeyError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path.name} is not a weights file: {_what(start)}.") from error


def check_regular(path: Path) -> None:
    """Raises WeightsError unless there is a regular file of a size that weights can have."""
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise WeightsError(f"{path} does not exist.") from error
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if not stat.S_ISREG(status.st_mode):  # a named pipe would be waited for, for ever
        raise WeightsError(f"{path.name} is not a regular file.")
    if status.st_size > LARGEST_FILE:
        raise WeightsError(f"{path.name} is too large for a weights file: {status.st_size / 2**30:.1f} GiB.")


def hash_of(tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes: safetensors itself has no checksum."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def unpack(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What pack.packed() made smaller, as float32 again; other tensors as they are."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(SCALE):
            continue
        scale = stored.get(name + SCALE)
        if scale is not None and tensor.dtype == torch.int8 and len(scale) == len(tensor):
            tensor = tensor.float() * scale.float().reshape(-1, *[1] * (tensor.dim() - 1))
        tensors[name] = tensor
    return tensors


# ---------------------------------------------------------------------------------- what a header may say


def _class_names(values: object) -> tuple[str, ...]:
    if not isinstance(values, list) or not all(isinstance(name, str) for name in values):
        raise ValueError("classes are not a list of names")
    if not 1 <= len(values) <= LARGEST_VALUE or len(set(values)) < len(values):
        raise ValueError(f"{len(values)} classes, {len(set(values))} of them different")
    return tuple(values)


def _checked(
    path: Path, architecture: Architecture, classes: int, tensors: dict[str, Tensor]
) -> dict[str, Tensor]:
    """The tensors, when they are those of this network, and numbers."""
    try:
        with torch.device("meta"):  # shapes only, no memory
            wanted = RetinaNet(architecture, classes).state_dict()
    except (ValueError, RuntimeError) as error:
        raise WeightsError(f"{path.name} describes a network that cannot be built: {error}.") from error
    wrong = sorted(
        name
        for name in set(wanted) | set(tensors)
        if name not in wanted
        or name not in tensors
        or wanted[name].shape != tensors[name].shape
        or not tensors[name].is_floating_point()
    )
    if wrong:
        raise WeightsError(
            f"{path.name} does not fit the network that it describes: {len(wrong)} tensors are missing, of "
            f"another shape or not of it, {wrong[0]} for one. Use another copy."
        )
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise WeightsError(
                f"{path.name} holds values that are not numbers (in {name}): the training that wrote it had "
                "failed. Use an earlier model."
            )
    return {name: tensor.float() for name, tensor in tensors.items()}


def _what(start: bytes) -> str:
    """What a file with these first bytes is, after the words "is not a weights file:"."""
    if not start:
        return "it is empty"
    if start.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer; fetch the file itself with “git lfs pull”"
    if start.startswith(b"PK\x03\x04"):
        return "it is a zip file, perhaps a PyTorch checkpoint; Fovea reads safetensors"
    if start.startswith(b"\x80"):
        return "it is a Python pickle, which could run code; Fovea reads safetensors"
    if start.startswith((b"\xff\xd8\xff", b"\x89PNG")):
        return "it is a picture"
    if start[8:9] == b"{":
        return "it is cut off or damaged; use another copy"
    if start.lstrip()[:1] == b"<":
        return "it is a web page, perhaps an error saved under this name"
    return "it is another kind of file"
