"""What a network starts from: the bundled starter, torchvision's files, a file of ours, or nothing."""

from __future__ import annotations

import math
from pathlib import Path
from urllib.error import URLError

import torch
from torch import Tensor
from torchvision.models import get_weight

from model.network.heads import PRIOR
from model.network.retinanet import RetinaNet, backbone
from model.network.weights import STARTER, WeightsError, load
from model.records import Architecture

COCO = "RetinaNet_ResNet50_FPN_Weights.COCO_V1"
# torchvision runs these weights with eps 0 in the backbone's norms, and all others with 1e-5
COCO_EPS, EPS = 0.0, 1e-5
CLASS_LAYER = "head.classification_head.cls_logits"


def starting_tensors(
    source: str, architecture: Architecture, classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """What to load (strict=False) into a new RetinaNet(architecture, len(classes)), and notes for a person.

    source: "starter", "coco", "imagenet", "none", or the path of a weights file of ours. A class of the same name keeps its
    row of the head; the others stay at the prior. Raises WeightsError when the source is not there or nothing of its
    backbone fits.
    """
    if source == "none":
        return {}, ()
    if source == "imagenet":
        tensors, known = _imagenet(architecture), None
    elif source == "coco":
        tensors, known = _torchvision(COCO)
    else:
        path = STARTER if source == "starter" else Path(source)
        if source == "starter" and not path.is_file():
            raise WeightsError("The starter weights are missing from this installation; install Fovea again.")
        weights = load(path)
        tensors, known = weights.tensors, weights.classes
    return _fit(source, tensors, known, architecture, classes)


def torchvision_files(architectures: tuple[str, ...] = ("resnet18", "resnet34", "resnet50", "resnet101")) -> dict[str, Path]:
    """Where torchvision's files lie once they have been downloaded, by what they are."""
    names = {f"ImageNet {name}": backbone(name).imagenet for name in architectures}
    return {title: _cached(name) for title, name in {"COCO RetinaNet": COCO, **names}.items()}


def class_rows(old: Tensor, new: Tensor, moves: dict[int, int], classes: tuple[int, int]) -> Tensor:
    """Rows of a class layer moved to other places: old and new (9 * K, ...), moves new class -> old class.

    classes: K of the old and of the new layer. Rows that no class moves to stay as in `new`.
    """
    result = new.clone().reshape(-1, classes[1], *new.shape[1:])
    rows = old.reshape(-1, classes[0], *old.shape[1:])
    for to, come_from in moves.items():
        result[:, to] = rows[:, come_from]
    return result.reshape(new.shape)


def fresh_class_layer(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Weight and bias of a class layer that knows nothing: normal of 0.01, bias at the prior."""
    bias = torch.full((weight.shape[0],), -math.log((1 - PRIOR) / PRIOR))
    return torch.nn.init.normal_(torch.empty(weight.shape), std=0.01), bias


def _fit(
    source: str, tensors: dict[str, Tensor], known: tuple[str, ...] | None, architecture: Architecture, classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    with torch.device("meta"):
        wanted = {name: t.shape for name, t in RetinaNet(architecture, len(classes)).state_dict().items()}
    fits = {n: t for n, t in tensors.items() if n in wanted and t.shape == wanted[n] and not n.startswith(CLASS_LAYER)}
    title = Path(source).name
    trunk = [name for name in wanted if name.startswith("backbone.body.")]
    if not any(name in fits for name in trunk):
        raise WeightsError(
            f"The {title} weights are for another backbone than {architecture.backbone}. "
            "The starter weights fit the presets fast and balanced; coco fits accurate; imagenet fits every preset."
        )
    notes: list[str] = []
    if not all(name in fits for name in wanted if name.startswith(("backbone.fpn.", "head.")) and CLASS_LAYER not in name):
        notes.append(f"The {title} weights give the backbone; pyramid and heads start from nothing.")
    layer = f"{CLASS_LAYER}.weight"
    if known is not None and layer in tensors and tensors[layer].shape[1:] == wanted[layer][1:]:
        moves = {new: known.index(name) for new, name in enumerate(classes) if name in known}
        if moves:
            weight, bias = fresh_class_layer(torch.empty(wanted[layer]))
            sizes = (len(known), len(classes))
            fits[layer] = class_rows(tensors[layer], weight, moves, sizes)
            fits[f"{CLASS_LAYER}.bias"] = class_rows(tensors[f"{CLASS_LAYER}.bias"], bias, moves, sizes)
            names = ", ".join(classes[new] for new in moves)
            notes.append(f"The {title} weights know already: {names}.")
    return fits, tuple(notes)


def _imagenet(architecture: Architecture) -> dict[str, Tensor]:
    state, _ = _torchvision(backbone(architecture.backbone).imagenet)
    return {f"backbone.body.{name}": t for name, t in state.items() if not name.startswith("fc.")}


def _torchvision(name: str) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    weights = get_weight(name)
    try:
        state = weights.get_state_dict(progress=False, check_hash=True)
    except (URLError, OSError) as error:
        why = getattr(error, "reason", None) or error
        raise WeightsError(
            f"{name} could not be downloaded ({why}). Without a network: fetch {weights.url} elsewhere and put the file into "
            f"{_cached(name).parent}."
        ) from error
    except RuntimeError as error:  # the hash is not the one in the file's name
        raise WeightsError(f"{_cached(name)} is damaged; delete it and try again ({error}).") from error
    tensors = {key: tensor for key, tensor in state.items() if not key.endswith("num_batches_tracked")}
    if name == COCO:  # the same function of the input with our eps
        shift = COCO_EPS - EPS
        tensors = {k: t + shift if k.endswith("running_var") else t for k, t in tensors.items()}
    return tensors, tuple(weights.meta["categories"])


def _cached(name: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / get_weight(name).url.rsplit("/", 1)[-1]
