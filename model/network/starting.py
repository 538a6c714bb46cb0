"""What a network starts from: what of a source fits it, and which rows of the class layer it keeps."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from model.network.class_names import matches
from model.network.fetch import fetch
from model.network.heads import PRIOR_BIAS
from model.network.pth import is_pth, read_pth
from model.network.retinanet import RetinaNet, backbone
from model.network.sources.registry import kind_named, source_for, that_fit
from model.network.sources.source import Source, State
from model.network.weights import WeightsError, load
from model.records import Architecture, Progress

BODY = "backbone.body."
PARTS = {  # beside the backbone, in the words of a note
    "feature pyramid": "backbone.fpn.",
    "class subnet": "head.classification_head.conv.",
    "box subnet": "head.regression_head.",
}
CLASS_LAYER = "head.classification_head.cls_logits"


def fetch_start(weights: str, architecture: Architecture) -> Generator[Progress, None, None]:
    """Bring to this machine what starting_tensors() will read. Yields nothing where it is here already.

    Closing the generator cancels. Raises WeightsError: before anything is fetched, where it could not fit.
    """
    source = _source(weights, architecture.backbone)
    if source is None or source.is_here or not source.url:
        return
    if source.architecture is not None:
        with torch.device("meta"):
            theirs = RetinaNet(source.architecture, 1).state_dict()
        _Fit(f"{source.name} weights", theirs, architecture, 1)
    yield from fetch(source)


def starting_tensors(
    weights: str, architecture: Architecture, classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """What to load (strict=False) into a new RetinaNet(architecture, len(classes)), and notes for a person.

    weights: the name of a kind in the registry ("starter", "coco", "none" ...), or the path of a weights file
    of ours or of torchvision's (.pth). A file that is not here is fetched. What fits is taken over; the notes
    tell what does not. A class that the source knows keeps its rows of the class layer, the others stay at
    the prior. Raises WeightsError when the source is not there, or no stage of its backbone beyond the
    stem fits.
    """
    if weights == "none":
        return {}, ()
    for _ in fetch_start(weights, architecture):
        pass
    name, state = _read(weights, architecture.backbone)
    fit = _Fit(name, state.tensors, architecture, len(classes))
    tensors = {each: state.tensors[each] for each in fit.names}
    notes = fit.notes
    if fit.takes_class_subnet:
        layer, known = _class_layer(state, fresh_class_layer(fit.class_layer), classes)
        tensors |= layer
        if known:
            notes = (*notes, f"The {name} know already: {', '.join(known)}.")
    return tensors, notes


def _source(weights: str, backbone_name: str) -> Source | None:
    """The registry's file of this name; None for the path of another, and for nothing."""
    kind = kind_named(weights)
    return None if kind is None else source_for(kind, backbone_name)


def _read(weights: str, backbone_name: str) -> tuple[str, State]:
    """In the words of a note, and what is in it."""
    kind, source = kind_named(weights), _source(weights, backbone_name)
    if kind is not None and source is not None:
        return f"{kind.name} weights", kind.read(source)
    path = Path(weights)
    if is_pth(path):
        return f"weights {path.name}", read_pth(path)
    ours = load(path)
    return f"weights {path.name}", State(ours.tensors, ours.classes)


# ------------------------------------------------------------------------------------------ what fits


class _Fit:
    """Which tensors of a source a network takes over, by names and shapes alone: tensors may be on "meta".

    names are those to take, notes say what does not fit, class_layer has the shape of the network's own.
    Raises WeightsError where no stage of the backbone beyond the stem fits.
    """

    def __init__(
        self, name: str, theirs: Mapping[str, Tensor], architecture: Architecture, classes: int
    ) -> None:
        with torch.device("meta"):
            wanted = RetinaNet(architecture, classes).state_dict()
        fitting = _fitting(theirs, wanted)
        stages = backbone(architecture.backbone).stages
        taken = _in_a_row([_under(wanted, [f"{BODY}{part}." for part in stage]) for stage in stages], fitting)
        if len(taken) < 2:  # filters of edges alone, under random layers with frozen norms, are no start
            raise WeightsError(
                f"The {name} are for another backbone than {architecture.backbone}. What fits it: "
                f"{', '.join(that_fit(architecture.backbone))}."
            )
        notes: list[str] = []
        if len(taken) < len(stages):
            notes.append(
                f"The {name} fit {len(taken)} of {len(stages)} stages of {architecture.backbone}; the others "
                "start from nothing."
            )
        names = set().union(*taken)
        missing = []
        for part, prefix in PARTS.items():
            needed = _under(wanted, [prefix])
            parts = [needed] if part == "feature pyramid" else _layers(needed)
            found = needed & fitting if part == "feature pyramid" else set().union(*_in_a_row(parts, fitting))
            names |= found
            if not found:
                missing.append(part)
            elif found < needed:
                notes.append(f"The {name} fit the {part} in part; the rest of it starts from nothing.")
        if missing:
            notes.append(f"From nothing, because the {name} do not fit: {', '.join(missing)}.")
        self.names, self.notes = names, tuple(notes)
        self.takes_class_subnet = _under(wanted, [PARTS["class subnet"]]) <= names
        self.class_layer = wanted[f"{CLASS_LAYER}.weight"]


def _fitting(theirs: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> set[str]:
    """The names of wanted that theirs has in the same shape, and of the same layers.

    A bias is of no use without its weight, nor a weight without the bias that it was trained with.
    """
    same = {name for name, tensor in wanted.items() if name in theirs and theirs[name].shape == tensor.shape}
    layers = {_layer(name) for name in wanted}
    counted = {name for name in theirs if not name.endswith("num_batches_tracked")}
    broken = {_layer(name) for name in set(wanted) ^ counted | set(wanted) - same} & layers
    return {name for name in same if _layer(name) not in broken}


def _layer(name: str) -> str:
    return name.rpartition(".")[0]


def _under(wanted: Iterable[str], prefixes: Iterable[str]) -> set[str]:
    return {name for name in wanted if name.startswith(tuple(prefixes))}


def _layers(needed: set[str]) -> list[set[str]]:
    """The names of a subnet, layer by layer from its input on: conv.0, conv.1 ..., and what comes behind."""
    layers: dict[tuple[bool, int], set[str]] = {}
    for name in needed:
        _, _, behind = name.partition(".conv.")
        place = (True, 0) if not behind else (False, int(behind.partition(".")[0]))
        layers.setdefault(place, set()).add(name)
    return [layers[place] for place in sorted(layers)]


def _in_a_row(parts: list[set[str]], fitting: set[str]) -> list[set[str]]:
    """The parts that fit whole, from the input on: one is of no use over a random one."""
    taken = []
    for needed in parts:
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
    state: State, fresh: tuple[Tensor, Tensor], classes: tuple[str, ...]
) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The class layer with rows of the classes that the source knows, and their names; both may be empty."""
    weight, bias = fresh
    old = state.tensors.get(f"{CLASS_LAYER}.weight")
    old_bias = state.tensors.get(f"{CLASS_LAYER}.bias")
    moves = matches(classes, state.rows)
    if not moves or old is None or old_bias is None or old.shape[1:] != weight.shape[1:]:
        return {}, ()
    sizes = len(state.rows), len(classes)
    # another number of anchors at each place
    if old.shape[0] * sizes[1] != weight.shape[0] * sizes[0] or old_bias.shape != old.shape[:1]:
        return {}, ()
    layer = {
        f"{CLASS_LAYER}.weight": class_rows(old, weight, moves, sizes),
        f"{CLASS_LAYER}.bias": class_rows(old_bias, bias, moves, sizes),
    }
    names = (_as(classes[new], state.rows[there]) for new, there in moves.items())
    return layer, tuple(names)


def _as(name: str, known: str) -> str:
    return name if name == known else f"{name} (as {known})"
