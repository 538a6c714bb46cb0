"""A recipe's fields for a form: every setting, and of its network what a person may choose."""

from __future__ import annotations

from dataclasses import replace

from app.widgets.field import Field, differing, fields_of, with_parts_of
from app.widgets.words import BACKBONES, DEVICES, Wording
from model.records import Architecture, TrainSettings
from model.records.settings import MACHINE, NETWORK, Option

BACKBONE = "architecture.backbone"
DEFAULT_MINUTES = 10.0  # of a run by time, at first

NETWORK_OPTIONS = {
    "backbone": Option(
        NETWORK, "Backbone", "The network that reads the picture, before it looks for boxes.", choices=tuple(BACKBONES)
    ),
    "short_side": Option(
        NETWORK, "Short side", "Images are scaled until their short side is this long. Larger finds smaller things.",
        low=64, high=4096, unit="px",
    ),
    "long_side": Option(
        NETWORK, "Long side", "… or until their long side is this long, whichever comes first.",
        low=64, high=4096, unit="px",
    ),
    "channels": Option(
        NETWORK, "Channels", "The width of the pyramid and of the heads. Other weights than these fit in part.",
        low=32, high=1024,
    ),
    "head_norm": Option(
        NETWORK, "Heads' norms", "After each convolution of the heads; torchvision's second RetinaNet has group norms.",
        choices=("none", "group"),
    ),
}  # fmt: skip

OPTIMIZERS = {"sgd": Wording("SGD"), "adam": Wording("Adam"), "adamw": Wording("AdamW")}
SCHEDULES = {
    "cosine": Wording("Cosine", "Falls along half a cosine, to nothing at the end."),
    "step": Wording("Step", "Falls to a tenth at each milestone."),
    "plateau": Wording("Plateau", "Falls to a tenth when the AP has stopped rising."),
    "constant": Wording("Constant", "Stays as it is."),
}
NORMS = {
    "frozen": Wording("Frozen batch norm", "As it came, for fine-tuning."),
    "batch": Wording("Batch norm", "Learns; wants large batches."),
    "group": Wording("Group norm", "Learns; for small batches."),
}
HEAD_NORMS = {"none": Wording("None"), "group": Wording("Group norm")}
BOX_LOSSES = {
    "l1": Wording("L1", "torchvision's."),
    "smooth_l1": Wording("Smooth L1", "The paper's."),
    "giou": Wording("GIoU", "By overlap, as AP measures; torchvision's second RetinaNet has it."),
}
DIFFICULT = {"ignore": Wording("Leave out"), "learn": Wording("Learn")}
PRECISIONS = {"auto": Wording("Automatic")}


def _fields() -> tuple[Field, ...]:
    network = fields_of(
        Architecture,
        "architecture",
        NETWORK_OPTIONS,
        backbone={"wordings": BACKBONES},
        channels={"step": 32},
        short_side={"step": 32},
        long_side={"step": 32},
        head_norm={"wordings": HEAD_NORMS},
    )
    settings = tuple(
        fields_of(
            TrainSettings,
            minutes={"when_on": DEFAULT_MINUTES},
            optimizer={"wordings": OPTIMIZERS},
            schedule={"wordings": SCHEDULES},
            norm={"wordings": NORMS},
            box_loss={"wordings": BOX_LOSSES},
            difficult={"wordings": DIFFICULT},
            device={"wordings": DEVICES},
            precision={"wordings": PRECISIONS},
        )
    )
    groups = list(dict.fromkeys(field.option.group for field in settings))
    order = list(NETWORK_OPTIONS)
    network_fields = sorted(network, key=lambda field: order.index(field.own_name))
    return tuple(sorted((*network_fields, *settings), key=lambda field: groups.index(field.option.group)))


FIELDS = _fields()
OF_THE_MACHINE = tuple(field for field in FIELDS if field.option.group == MACHINE)
OF_THE_RECIPE = tuple(field for field in FIELDS if field.option.group != MACHINE)


def own_changes(plan: TrainSettings, recipe: TrainSettings) -> tuple[str, ...]:
    """The titles of what differs, other than what a machine decides: "Epochs", "Scale"."""
    return tuple(field.option.title for field in differing(plan, recipe, OF_THE_RECIPE))


def on_this_machine(recipe: TrainSettings, plan: TrainSettings) -> TrainSettings:
    """A recipe with a plan's device, precision and the like: they are not the recipe's to choose."""
    return with_parts_of(recipe, plan, OF_THE_MACHINE)


def as_recipe(plan: TrainSettings, recipe: TrainSettings) -> TrainSettings:
    """A plan with every setting as the recipe has it. What it starts from and its anchors are the plan's still."""
    return with_weights_that_fit(with_parts_of(plan, recipe, FIELDS), plan, recipe)


def consistent(plan: TrainSettings, before: TrainSettings, recipe: TrainSettings) -> TrainSettings:
    """The plan with what must follow from what was changed in it: the other side's length, and the weights."""
    return with_weights_that_fit(_with_sides_in_order(plan, before), before, recipe)


def _with_sides_in_order(plan: TrainSettings, before: TrainSettings) -> TrainSettings:
    """A short side made longer than the long one takes it along, and the other way round."""
    network = plan.architecture
    if network.short_side <= network.long_side:
        return plan
    is_shorter = network.long_side != before.architecture.long_side
    side = network.long_side if is_shorter else network.short_side
    return replace(plan, architecture=replace(network, short_side=side, long_side=side))


def with_weights_that_fit(plan: TrainSettings, before: TrainSettings, recipe: TrainSettings) -> TrainSettings:
    """The plan; with another backbone than before it starts from weights that there are for that one.

    These are the recipe's for the recipe's backbone, and ImageNet's for all others, as on the command line.
    """
    backbone = plan.architecture.backbone
    if backbone == before.architecture.backbone or plan.weights == "none":
        return plan
    weights = recipe.weights if backbone == recipe.architecture.backbone else "imagenet"
    return replace(plan, weights=weights)
