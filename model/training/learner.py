"""What learns: a network, its optimizer and its average, and one step of all three."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from model.network.criterion import Criterion
from model.network.devices import is_out_of_memory
from model.network.matching import pad
from model.network.preprocess import collate, largest
from model.network.retinanet import RetinaNet, backbone
from model.network.starting import CLASS_LAYER, class_rows, fresh_class_layer, starting_tensors
from model.network.weights import Weights, state_of
from model.records import LabelClass, TrainSettings
from model.training.augmentations.augmentation import Sample, bounding_boxes
from model.training.averages import Averages
from model.training.features import FeatureCache, are_worth_keeping
from model.training.optimizer import load_optimizer_state, make_optimizer, optimizer_state, set_rate
from model.training.pixels import budget_bytes, memory_bytes
from model.training.world import World

PEAK = 1.5  # of a step's memory, over what backward needs of the forward pass (ResNet-18 and 50, measured)
# of the machine's memory for them: a CPU gives no error to recover from, the system kills the program
MEMORY_SHARE = 0.25
FEATURES_SHARE = 0.3  # of a GPU's free memory, for features of frozen stages
WORST_ROW = 25  # steps in a row whose gradients are not finite, after which going on is hopeless
# what a process learns that has no sample of a batch: one blank image, which counts for nothing
NOTHING = (
    Sample(
        torch.zeros(3, 64, 64, dtype=torch.uint8),
        bounding_boxes(torch.zeros(0, 4), (64, 64)),
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0, dtype=torch.int64),
        torch.zeros(0),
    ),
)


class Learner:
    """The part of a run that lives on the device. classes: position is the network's class.

    In a world of several processes each has one; their gradients are averaged, so that they stay the same.
    """

    def __init__(
        self,
        settings: TrainSettings,
        classes: tuple[LabelClass, ...],
        device: torch.device,
        precision: torch.dtype,
        world: World | None = None,
    ) -> None:
        self.settings, self.classes = settings, classes
        self.device, self.precision = device, precision
        self.notes: list[str] = []  # for the person; whoever tells them takes them
        # the same start for the same seed, whatever the program drew before
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(settings.seed)
            network = RetinaNet(settings.architecture, len(classes), settings.norm, settings.frozen_stages)
        self.network = network.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.averages = Averages(self.network, settings.average_decay)
        self._world = world or World()
        self._optimizer = make_optimizer(self.network, settings)
        self._scaler = torch.amp.GradScaler(device.type, enabled=precision is torch.float16)
        self._criterion = Criterion(settings.box_loss, settings.best_anchor, settings.rejected_weight)
        self._at_once = images_at_once(settings, device)
        self._features = self._new_features()
        self._bad_row = torch.zeros((), dtype=torch.int64, device=device)
        self.is_bad = torch.zeros((), dtype=torch.bool, device=device)  # the last step, for Watch
        self._together = self._joined()

    def start_from(self, source: str) -> None:
        """Load what the run begins with. Raises WeightsError."""
        names = tuple(c.name for c in self.classes)
        tensors, notes = starting_tensors(source, self.settings.architecture, names)
        self.network.load_state_dict(tensors, strict=False)
        self._features = self._new_features()
        self.averages = Averages(self.network, self.settings.average_decay)
        self.notes += notes

    def freeze(self, stages: int) -> None:
        """Let the backbone's first `stages` stages keep their weights from now on."""
        if stages != self.network.frozen_stages:
            self.network.freeze(stages)
            self._features = self._new_features()
            self._together = self._joined()

    def take_notes(self) -> tuple[str, ...]:
        """What has come up since this was last asked."""
        notes, self.notes = tuple(self.notes), []
        return notes

    # ------------------------------------------------------------------------------------------ a step

    def step(self, samples: Sequence[Sample], rate: float, seed: int = 0) -> dict[str, Tensor]:
        """Learn one batch at this learning rate. Returns the losses by name, () on the device.

        A batch that does not fit in memory is learned in parts; with frozen norms the gradients are the same.
        seed: of what the network itself draws (stochastic depth). In a world of several processes samples are
        this one's part of the batch, which may be empty, and the losses are those of the whole batch.
        """
        set_rate(self._optimizer, rate)
        # parts of a batch, here and in other processes, are padded as the whole is: else they would learn other
        # things at its edges
        mine = (len(samples), *largest(sample.size for sample in samples or NOTHING))
        counts, heights, widths = zip(*self._world.gather(mine), strict=True)
        total, room = sum(counts), (max(heights), max(widths))
        losses = self._try(samples, total, room, seed)
        while losses is None:
            self._at_once = max(1, min(self._at_once, len(samples)) // 2)
            self.notes.append(f"Memory ran out: batches are now learned {self._at_once} images at a time.")
            if self.device.type == "cuda":
                torch.cuda.empty_cache()
            losses = self._try(samples, total, room, seed)
        self._scaler.unscale_(self._optimizer)
        clip = self.settings.gradient_clip or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), clip)
        named = dict(zip(losses, self._world.add(torch.stack(tuple(losses.values()))).unbind(), strict=True))
        self._update(norm.isfinite(), torch.stack(tuple(named.values())).isfinite().all())
        return named

    def _update(self, is_finite: Tensor, loss_is_finite: Tensor) -> None:
        """The optimizer's step, unless one gradient is not finite: that would spoil every weight.

        The optimizer finds out by itself, on the device, where it can: to ask would be to wait. A step is bad
        when its losses are not finite, or when it is the last of many without a gradient to use: a single one
        is passed over, as float16 needs it to find its scale.
        """
        is_finite = is_finite & loss_is_finite
        self._bad_row = torch.where(is_finite, 0, self._bad_row + 1)
        self.is_bad = ~loss_is_finite | (self._bad_row >= WORST_ROW)
        if self._optimizer.defaults["fused"]:
            if not self._scaler.is_enabled():  # else the scaler says it
                self._optimizer.found_inf = (~is_finite).float()  # type: ignore[attr-defined]
            self._scaler.step(self._optimizer)
        elif bool(is_finite):
            self._scaler.step(self._optimizer)
        self._scaler.update()
        self.averages.update(self.network)

    def _try(
        self, samples: Sequence[Sample], total: int, room: tuple[int, int], seed: int
    ) -> dict[str, Tensor] | None:
        """Gradients of a batch; None when memory ran out, where a part of one image must not."""
        self._optimizer.zero_grad(set_to_none=True)
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                return self._gradients(samples, total, room)
        except RuntimeError as error:
            if not is_out_of_memory(error) or min(self._at_once, len(samples)) <= 1:
                raise
        return None  # outside the handler: the error's traceback holds the tensors that filled the memory

    def _gradients(self, samples: Sequence[Sample], total: int, room: tuple[int, int]) -> dict[str, Tensor]:
        sums: dict[str, Tensor] = {}
        parts = [samples[start : start + self._at_once] for start in range(0, len(samples), self._at_once)]
        for number, part in enumerate(parts or [NOTHING], 1):
            images = [sample.image.permute(1, 2, 0).numpy() for sample in part]
            batch = collate(images, self.device, room)
            targets = pad([(sample.boxes, sample.labels, sample.roles) for sample in part], self.device)
            # gradients are exchanged once, with those of the last part
            alone = (
                self._together.no_sync()
                if not self._world.is_alone and number < len(parts)
                else nullcontext()
            )
            with alone:
                with self.autocast():
                    if self._features is None:
                        outputs = self._together(batch.pixels)
                    else:
                        outputs = self.network.forward_from(self._features(self.network, batch, images))
                losses = self._criterion(outputs, self.network.anchors(batch.size, self.device), targets)
                # without samples there is nothing to learn, but the others wait for gradients
                share = len(part) / total if samples else 0.0
                loss = torch.stack(tuple(losses.values())).sum()
                self._scaler.scale(loss * (share * self._world.size)).backward()
            for name, loss in losses.items():
                sums[name] = sums.get(name, torch.zeros((), device=self.device)) + loss.detach() * share
        return sums

    def _joined(self) -> Any:
        """The network, exchanging gradients with those of the other processes as backward makes them."""
        if self._world.is_alone:
            return self.network
        network: nn.Module = self.network
        if self.settings.norm == "batch" and self.device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return DistributedDataParallel(network, gradient_as_bucket_view=True)

    def _new_features(self) -> FeatureCache | None:
        """Empty: the frozen stages have other weights now. None where keeping them is of no use."""
        if not self._world.is_alone or not self.network.frozen_stages or not are_worth_keeping(self.settings):
            return None
        return FeatureCache(features_budget(self.device))

    def autocast(self) -> AbstractContextManager[object]:
        """The context in which the network runs in this learner's precision."""
        if self.precision is torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.precision)

    # ------------------------------------------------------------------------------------------ memory

    @property
    def device_memory(self) -> int:
        """Bytes that this program holds on the GPU; 0 on a CPU."""
        if self.device.type == "cuda":
            return torch.cuda.memory_reserved(self.device)
        return torch.mps.driver_allocated_memory() if self.device.type == "mps" else 0

    def release(self) -> None:
        """Give the GPU's memory back until take_back(): everything moves to the CPU's."""
        if self.device.type != "cpu":
            self._features = None
            self._move(torch.device("cpu"))

    def take_back(self) -> None:
        """Return to the device after release()."""
        if self.device.type != "cpu":
            self._move(self.device)
            self._features = self._new_features()

    def _move(self, device: torch.device) -> None:
        self._optimizer.zero_grad(set_to_none=True)
        for network in (self.network, self.averages.network):
            network.forget_anchors()
            network.to(device)
        for slots in self._optimizer.state.values():
            for name, value in slots.items():
                if isinstance(value, Tensor) and value.dim():  # Adam's count of steps stays where it is
                    slots[name] = value.to(device)
        if device.type == "cpu":
            gc.collect()
            torch.cuda.empty_cache()

    # ------------------------------------------------------------------------------------------ as values

    def weights(self, about: dict[str, str]) -> Weights:
        """The averaged weights as they are now: a copy."""
        return self.weights_from(state_of(self.averages.network), about)

    def weights_from(self, tensors: dict[str, Tensor], about: dict[str, str]) -> Weights:
        """Tensors of this learner's network and classes, as weights."""
        names = tuple(c.name for c in self.classes)
        return Weights(self.settings.architecture, names, tensors, about)

    @property
    def loss_scale(self) -> float:
        return float(self._scaler.get_scale())

    def state(self) -> dict[str, Tensor]:
        """All tensors that load() needs, on the CPU; the learner's own, so save them before the next step."""
        return {
            **{f"network/{name}": t.detach().cpu() for name, t in self.network.state_dict().items()},
            **{f"average/{name}": t.detach().cpu() for name, t in self.averages.network.state_dict().items()},
            **{
                f"optimizer/{n}": t.detach().cpu()
                for n, t in optimizer_state(self._optimizer, self.network).items()
            },
        }

    def load(self, state: dict[str, Tensor], updates: int, loss_scale: float) -> None:
        """Become the learner that gave this state."""
        self.network.load_state_dict(_part(state, "network/"))
        self._bad_row = torch.zeros_like(self._bad_row)
        self._features = self._new_features()
        self.averages.network.load_state_dict(_part(state, "average/"))
        self.averages.updates = updates
        load_optimizer_state(self._optimizer, self.network, _part(state, "optimizer/"))
        if loss_scale:
            self._scaler.load_state_dict({**self._scaler.state_dict(), "scale": loss_scale})

    def for_classes(self, classes: tuple[LabelClass, ...]) -> Learner:
        """This learner with other classes: the head's rows follow their class's id, new ones know nothing."""
        if [c.id for c in classes] == [c.id for c in self.classes]:  # names or colours differ at most
            self.classes = classes
            return self
        other = Learner(self.settings, classes, self.device, self.precision, self._world)
        other.load(move_classes(self.state(), self.classes, classes), self.averages.updates, self.loss_scale)
        other.notes, other._at_once = self.notes, self._at_once
        return other


def features_budget(device: torch.device) -> int:
    """How many bytes the features of frozen stages may take on this device."""
    if device.type == "cuda":
        return int(FEATURES_SHARE * torch.cuda.mem_get_info(device)[0])
    return budget_bytes()


def images_at_once(settings: TrainSettings, device: torch.device) -> int:
    """How many images of a batch to learn at once. On a GPU all, until it says that they do not fit."""
    if device.type != "cpu":
        return settings.batch_size
    architecture = settings.architecture
    pixels = architecture.long_side * min(architecture.short_side, architecture.long_side)
    bytes_per_image = pixels * PEAK * backbone(architecture.backbone).kept
    fit = int(MEMORY_SHARE * memory_bytes() / bytes_per_image)
    return max(1, min(settings.batch_size, fit))


def move_classes(
    state: dict[str, Tensor], old: tuple[LabelClass, ...], new: tuple[LabelClass, ...]
) -> dict[str, Tensor]:
    """A learner's state with the class layer's rows where the new list of classes has them."""
    was = {c.id: row for row, c in enumerate(old)}
    moves = {row: was[c.id] for row, c in enumerate(new) if c.id in was}
    moved = dict(state)
    layer = state[f"network/{CLASS_LAYER}.weight"]
    anchors = layer.shape[0] // len(old)
    weight, bias = fresh_class_layer(layer.new_empty(anchors * len(new), *layer.shape[1:]))
    fresh = {"weight": weight, "bias": bias}
    for name, tensor in state.items():
        owner, _, rest = name.partition("/")
        parameter, _, _slot = rest.partition("/")
        if not parameter.startswith(f"{CLASS_LAYER}.") or tensor.dim() == 0:
            continue
        start = fresh[parameter.removeprefix(f"{CLASS_LAYER}.")]
        if owner == "optimizer":  # new rows have no past
            start = torch.zeros_like(start)
        moved[name] = class_rows(tensor, start, moves, (len(old), len(new)))
    return moved


def _part(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in state.items() if name.startswith(prefix)}
