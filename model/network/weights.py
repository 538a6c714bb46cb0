"""A network's weights as a value and as a file: safetensors with everything needed to use them in the header."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from model.data.files import write_atomically
from model.network.retinanet import RetinaNet
from model.records import Architecture

STARTER = Path(__file__).resolve().parents[2] / "resources" / "weights" / "starter.safetensors"
FORMAT = "fovea weights 1"
SCALE = "#scale"  # "x#scale" beside an int8 "x": x is their product, one scale for each output channel
LARGEST_FILE = 4 << 30  # bytes


class WeightsError(Exception):
    """Weights that cannot be used: which file, why, and what can be done."""


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """What a detector is made of. tensors are RetinaNet's state_dict; nobody changes them in place.

    about: facts for people and for later (preset, metrics as JSON, epochs, created); all are strings.
    """

    architecture: Architecture
    classes: tuple[str, ...]
    tensors: dict[str, Tensor]
    about: dict[str, str] = field(default_factory=dict)


def build(weights: Weights, device: str | torch.device = "cpu") -> RetinaNet:
    """A network with these weights, ready to detect."""
    network = RetinaNet(weights.architecture, len(weights.classes))
    network.load_state_dict(weights.tensors)
    return network.eval().to(device)


def state_of(network: RetinaNet) -> dict[str, Tensor]:
    """A copy of a network's state on the CPU, without the counters that only training needs."""
    return {
        name: tensor.detach().to("cpu", copy=True)
        for name, tensor in network.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


# ------------------------------------------------------------------------------------------ files


def save(weights: Weights, path: Path) -> None:
    """Write a weights file whole, or leave what was there."""
    tensors = {name: tensor.contiguous() for name, tensor in weights.tensors.items()}
    header = {
        "format": FORMAT,
        "architecture": json.dumps(asdict(weights.architecture)),
        "classes": json.dumps(weights.classes, ensure_ascii=False),
        "about": json.dumps(weights.about, ensure_ascii=False),
        "hash": hash_of(tensors),
    }
    write_atomically(path, to_bytes(tensors, header))


def load(path: Path) -> Weights:
    """Read a weights file, packed or not. Raises WeightsError with a sentence."""
    header, stored = read_safetensors(path)
    if header.get("format") != FORMAT:
        raise WeightsError(f"{path.name} holds tensors, but it is not a weights file of Fovea.")
    if header.get("hash") != hash_of(stored):
        raise WeightsError(f"{path.name} is damaged: its tensors are not those that were saved. Use another copy.")
    try:
        architecture = architecture_from(json.loads(header["architecture"]))
        classes = tuple(str(name) for name in json.loads(header["classes"]))
        about = {str(key): str(value) for key, value in json.loads(header["about"]).items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WeightsError(f"{path.name} has a header that cannot be read ({error}).") from error
    tensors = unpack(stored)
    _check(path, architecture, len(classes), tensors)
    return Weights(architecture, classes, tensors, about)


def architecture_from(values: dict[str, Any]) -> Architecture:
    """An Architecture from JSON. Fields it does not know are a newer program's: TypeError."""
    known = {f.name for f in fields(Architecture)}
    if unknown := set(values) - known:
        raise TypeError(f"written by a newer version: {', '.join(sorted(unknown))}")
    return Architecture(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def read_safetensors(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    """The header's metadata and the tensors of a safetensors file. Raises WeightsError."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise WeightsError(f"{path.name} is not a regular file.")
        if status.st_size > LARGEST_FILE:
            raise WeightsError(f"{path.name} is too large for a weights file: {status.st_size / 2**30:.1f} GiB.")
        with path.open("rb") as file:
            start = file.read(64)
        with safe_open(path, framework="pt") as opened:
            return dict(opened.metadata() or {}), {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except FileNotFoundError as error:
        raise WeightsError(f"{path} does not exist.") from error
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise WeightsError(f"{path.name} is not a weights file: {_sniff(start)}.") from error


def hash_of(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes: safetensors itself has no checksum."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def unpack(stored: dict[str, Tensor]) -> dict[str, Tensor]:
    """What pack() made smaller, as float32 again; other tensors as they are."""
    tensors: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(SCALE):
            continue
        scale = stored.get(name + SCALE)
        if scale is not None:
            tensor = tensor.float() * scale.float().reshape(-1, *[1] * (tensor.dim() - 1))
        tensors[name] = tensor.float() if tensor.is_floating_point() else tensor
    return tensors


def _check(path: Path, architecture: Architecture, classes: int, tensors: dict[str, Tensor]) -> None:
    try:
        with torch.device("meta"):  # shapes only, no memory
            wanted = RetinaNet(architecture, classes).state_dict()
    except (ValueError, RuntimeError, TypeError) as error:
        raise WeightsError(f"{path.name} describes a network that cannot be built: {error}.") from error
    missing = set(wanted) - set(tensors)
    wrong = [name for name in set(wanted) & set(tensors) if wanted[name].shape != tensors[name].shape]
    if missing or wrong:
        example = sorted([*missing, *wrong])[0]
        raise WeightsError(
            f"{path.name} does not fit the network it describes: {len(missing) + len(wrong)} tensors are missing or of "
            f"another shape ({example} first)."
        )
    for name, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{path.name} holds numbers that are not finite (in {name}): it was saved from a failed run.")


def _sniff(start: bytes) -> str:
    if not start:
        return "it is empty"
    if start.startswith(b"version https://git-lfs"):
        return "it is a Git LFS pointer; fetch the file itself with `git lfs pull`"
    if start.startswith(b"PK\x03\x04"):
        return "it is a zip file, perhaps a PyTorch checkpoint; Fovea reads safetensors"
    if start.startswith(b"\x80"):
        return "it is a Python pickle, which could run code; Fovea reads safetensors"
    if start.lstrip()[:1] in (b"<", b"{"):
        return "it is a text file, perhaps an error page saved under this name"
    return "it is cut off or another kind of file"
