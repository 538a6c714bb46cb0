"""What a network starts from: the bundled starter, torchvision's files, a file of ours, or nothing."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torchvision.models import get_weight

from model.discover import discover
from model.network import backbones
from model.network.heads import PRIOR_BIAS
from model.network.retinanet import RetinaNet, backbone
from model.network.weights import STARTER, WeightsError, load
from model.records import Architecture

COCO = "RetinaNet_ResNet50_FPN_Weights.COCO_V1"
COCO_EPS, EPS = (
    0.0,
    1e-5,
)  # torchvision runs COCO's weights with 0 in the backbone's norms, and all others with 1e-5
NO_CLASS = ("__background__", "N/A")  # rows of COCO's class layer that stand for nothing

BODY = "backbone.body."
PARTS = {  # beside the backbone, in the words of a note
    "feature pyramid": "backbone.fpn.",
    "class subnet": "head.classification_head.conv.",
    "box subnet": "head.regression_head.",
}
CLASS_LAYER = "head.classification_head.cls_logits"


class _Source(NamedTuple):
    name: str  # in the words of a note
    tensors: dict[str, Tensor]
    classes: tuple[str, ...]  # of its class layer, one name for each


def starting_tensors(
    source: str, architecture: Architecture, classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """What to load (strict=False) into a new RetinaNet(architecture, len(classes)), and notes for a person.

    source: "starter", "coco", "imagenet", "none", or the path of a weights file of ours. What fits is taken
    over; the notes tell what does not. A class of the same name keeps its rows of the class layer, the others
    stay at the prior. Raises WeightsError when the source is not there, or no stage of its backbone beyond
    the stem fits.
    """
    if source == "none":
        return {}, ()
    return _fit(_read(source, architecture), architecture, classes)


def _read(source: str, architecture: Architecture) -> _Source:
    if source == "imagenet":
        tensors, _ = _from_torchvision(backbone(architecture.backbone).imagenet)
        return _Source("imagenet weights", {BODY + name: tensor for name, tensor in tensors.items()}, ())
    if source == "coco":
        tensors, categories = _from_torchvision(COCO)
        # the same function of the input, with our eps
        shifted = {n: t + (COCO_EPS - EPS) for n, t in tensors.items() if n.endswith("running_var")}
        return _Source("coco weights", {**tensors, **shifted}, categories)
    if source == "starter" and not STARTER.is_file():
        raise WeightsError(
            f"The starter weights are missing ({STARTER}). Install Fovea again, or start from imagenet, coco "
            "or none."
        )
    weights = load(STARTER if source == "starter" else Path(source))
    name = "starter weights" if source == "starter" else f"weights {Path(source).name}"
    return _Source(name, weights.tensors, weights.classes)


def _fit(
    source: _Source, architecture: Architecture, classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    with torch.device("meta"):
        wanted = RetinaNet(architecture, len(classes)).state_dict()
    fitting = {n for n, t in source.tensors.items() if n in wanted and t.shape == wanted[n].shape}
    # a bias is of no use without its weight
    broken = {name.rpartition(".")[0] for name in set(wanted) - fitting}
    fitting = {name for name in fitting if name.rpartition(".")[0] not in broken}
    notes: list[str] = []

    stages = backbone(architecture.backbone).stages
    taken = _whole_stages(stages, set(wanted), fitting)
    if len(taken) < 2:  # filters of edges alone, under random layers with frozen norms, are no start
        raise WeightsError(
            f"The {source.name} are for another backbone than {architecture.backbone}. The starter weights "
            "fit the presets fast and balanced, coco fits accurate, imagenet fits every preset."
        )
    names = set().union(*taken)
    if len(taken) < len(stages):
        notes.append(
            f"The {source.name} fit {len(taken)} of {len(stages)} stages of {architecture.backbone}; "
            "the others start from nothing."
        )

    missing = []
    for part, prefix in PARTS.items():
        needed = {name for name in wanted if name.startswith(prefix)}
        names |= needed & fitting
        if not needed & fitting:
            missing.append(part)
        elif needed - fitting:
            notes.append(f"The {source.name} fit the {part} in part; the rest of it starts from nothing.")
    if missing:
        notes.append(f"From nothing, because the {source.name} do not fit: {', '.join(missing)}.")

    tensors = {name: source.tensors[name] for name in names}
    if "class subnet" not in missing:
        layer, known = _class_layer(source, fresh_class_layer(wanted[f"{CLASS_LAYER}.weight"]), classes)
        tensors |= layer
        if known:
            notes.append(f"The {source.name} know already: {', '.join(known)}.")
    return tensors, tuple(notes)


def _whole_stages(stages: tuple[tuple[str, ...], ...], wanted: set[str], fitting: set[str]) -> list[set[str]]:
    """The names in each stage that fits whole, from the input on: a stage is of no use over a random one."""
    taken = []
    for stage in stages:
        needed = {name for name in wanted if name.startswith(tuple(f"{BODY}{part}." for part in stage))}
        if not needed <= fitting:
            break
        taken.append(needed)
    return taken


# ------------------------------------------------------------------------------------------ the class layer


def class_rows(old: Tensor, new: Tensor, moves: dict[int, int], classes: tuple[int, int]) -> Tensor:
    """`new` with rows of `old` in it: of a class layer's weights or biases, (9 * K, ...), or their averages.

    moves: new class -> old class; classes: K of old and of new. Rows that no class moves to stay as in `new`.
    """
    result = new.clone(memory_format=torch.contiguous_format)
    by_class = result.view(-1, classes[1], *new.shape[1:])
    for to, come_from in moves.items():
        by_class[:, to] = old.reshape(-1, classes[0], *old.shape[1:])[:, come_from]
    return result


def fresh_class_layer(like: Tensor) -> tuple[Tensor, Tensor]:
    """Weight, of the shape of `like`, and bias of a class layer that knows nothing yet: as in heads.py."""
    return nn.init.normal_(torch.empty(like.shape), std=0.01), torch.full((like.shape[0],), PRIOR_BIAS)


def _class_layer(
    source: _Source, fresh: tuple[Tensor, Tensor], classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The class layer with rows of the classes that the source knows, and their names; both may be empty."""
    weight, bias = fresh
    old = source.tensors.get(f"{CLASS_LAYER}.weight")
    moves = {
        new: source.classes.index(name)
        for new, name in enumerate(classes)
        if name in source.classes and name not in NO_CLASS
    }
    if not moves or old is None or old.shape[1:] != weight.shape[1:]:
        return {}, ()
    sizes = len(source.classes), len(classes)
    if old.shape[0] * sizes[1] != weight.shape[0] * sizes[0]:  # another number of anchors at each place
        return {}, ()
    layer = {
        f"{CLASS_LAYER}.weight": class_rows(old, weight, moves, sizes),
        f"{CLASS_LAYER}.bias": class_rows(source.tensors[f"{CLASS_LAYER}.bias"], bias, moves, sizes),
    }
    return layer, tuple(classes[new] for new in moves)


# ------------------------------------------------------------------------------------------ torchvision's
# files


def torchvision_files() -> dict[str, Path]:
    """Where torchvision's files lie once they have been downloaded, by what they are."""
    rows = discover(backbones, "BACKBONES")
    return {"COCO RetinaNet": _cached(COCO)} | {f"ImageNet {row.name}": _cached(row.imagenet) for row in rows}


def _from_torchvision(name: str) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The state_dict and the categories of one of torchvision's weights, downloaded the first time."""
    weights, file = get_weight(name), _cached(name)
    try:
        if file.is_file() and not _is_whole(
            file
        ):  # torch checks the hash of what it downloads, not of what is there
            raise WeightsError(f"{file} is damaged. Delete it, and it is downloaded again.")
        state = weights.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except OSError as error:  # URLError is one
        raise WeightsError(
            f"{file.name} could not be downloaded ({getattr(error, 'reason', error)}). Without a network: "
            f"fetch {weights.url} elsewhere and put the file into {file.parent}."
        ) from error
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"{file.name} came damaged. Try again, or fetch {weights.url} elsewhere."
        ) from error
    return dict(state), tuple(weights.meta["categories"])


def _cached(name: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / get_weight(name).url.rsplit("/", 1)[-1]


def _is_whole(file: Path) -> bool:
    """Whether a file of torchvision's has the hash in its own name: resnet18-f37072fd.pth."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest().startswith(file.stem.rsplit("-", 1)[-1])
