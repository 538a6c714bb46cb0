"""Files of PyTorch's own kind (.pth, .pt): a state_dict of torchvision's, read without running what is in them."""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.network.sources.coco import TORCHVISION
from model.network.sources.imagenet import BODY
from model.network.sources.registry import kind_named, sources
from model.network.sources.source import Kind, State
from model.network.torchvision_files import categories, sha256_of
from model.network.weights import WeightsError, check_regular

STARTS = (b"PK\x03\x04", b"\x80")  # a zip file, or a bare pickle: before torch 1.6
HOLDERS = ("model", "state_dict", "model_state_dict")  # where checkpoints keep the state_dict
WRAPPERS = ("module.", "model.", "_orig_mod.")  # of DataParallel, of Lightning, of torch.compile
CLASS_LAYER = "head.classification_head.cls_logits.weight"
BOX_LAYER = "head.regression_head.bbox_reg.weight"


def is_pth(path: Path) -> bool:
    """Whether a file begins as PyTorch's do, whatever its name. False for one that cannot be read."""
    try:
        if not path.is_file():  # a named pipe would be waited for
            return False
        with path.open("rb") as file:
            return file.read(4).startswith(STARTS)
    except OSError:
        return False


def read_pth(path: Path) -> State:
    """A RetinaNet of torchvision's or a backbone of its: a state_dict, or a checkpoint that holds one.

    Raises WeightsError. A file of the registry's, recognised by its hash, is read as just that.
    """
    tensors = _state_dict(path, _load(path))
    kind = _of_registry(path)
    if kind is not None and kind.adapt is not None:
        return kind.adapt(tensors)
    if all(name in tensors and tensors[name].dim() == 4 for name in (CLASS_LAYER, BOX_LAYER)):
        return State(tensors, _rows(tensors))
    if any(name.startswith(("backbone.", "head.")) for name in tensors):
        raise WeightsError(
            f"{path.name} is of another detector than RetinaNet, or of one with other names than torchvision's."
        )
    return State({BODY + name: tensor for name, tensor in tensors.items()}, ())


def _load(path: Path) -> Any:
    check_regular(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL (\S+)", str(error))
        what = f" ({found[1]})" if found else ""
        raise WeightsError(
            f"{path.name} holds more than tensors{what}, which could run a program, so it is not opened. Save "
            "just the network's state_dict: torch.save(model.state_dict(), PATH)."
        ) from error
    except (
        RuntimeError, EOFError, ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError,
        MemoryError, struct.error,
    ) as error:  # fmt: skip  # whatever a pickle that is damaged makes of itself
        raise WeightsError(
            f"{path.name} is damaged, or another kind of file than a state_dict; use another copy."
        ) from error


def _state_dict(path: Path, loaded: Any) -> dict[str, Tensor]:
    """The tensors by their names, from wherever a checkpoint keeps them, without wrappers' prefixes."""
    for holder in HOLDERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(holder), Mapping):
            loaded = loaded[holder]
            break
    if not isinstance(loaded, Mapping) or not all(isinstance(name, str) for name in loaded):
        raise WeightsError(f"{path.name} holds no state_dict: no table of tensors by their names.")
    tensors = {name: value for name, value in loaded.items() if _is_plain(value)}
    if not tensors:
        raise WeightsError(
            f"{path.name} holds no state_dict, neither as it is nor under {', '.join(HOLDERS)}."
        )
    while wrapper := next((w for w in WRAPPERS if all(name.startswith(w) for name in tensors)), ""):
        tensors = {name.removeprefix(wrapper): tensor for name, tensor in tensors.items()}
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise WeightsError(
                f"{path.name} holds values that are not numbers (in {name}): the training that wrote it had failed."
            )
    return {name: t.float() if t.is_floating_point() else t for name, t in tensors.items()}


def _rows(tensors: Mapping[str, Tensor]) -> tuple[str, ...]:
    """COCO's classes where a class layer has as many rows as COCO's; nobody else's names are in the file."""
    coco = categories(TORCHVISION)
    anchors = tensors[BOX_LAYER].shape[0] // 4
    return coco if tensors[CLASS_LAYER].shape[0] == anchors * len(coco) else ()


def _of_registry(path: Path) -> Kind | None:
    """The kind of which this is a file, byte for byte."""
    try:
        digest = sha256_of(path)
    except OSError as error:
        raise WeightsError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    name = next((s.name for s in sources() if s.hash and digest.startswith(s.hash)), "")
    return kind_named(name)


def _is_plain(value: object) -> bool:
    """Whether this is a tensor whose numbers are all in the file: not one number that claims to be a billion."""
    if not isinstance(value, Tensor) or value.layout is not torch.strided or value.device.type != "cpu":
        return False
    return not value.is_quantized and value.numel() * value.element_size() <= value.untyped_storage().nbytes()
