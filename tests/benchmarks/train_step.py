"""One training step, ours against torchvision's: python -m tests.benchmarks.train_step [PRESET] [BATCH] [ROUNDS].

Forward, loss, backward and an SGD step, from the same weights on the same pictures and boxes. Ours also clips
gradients and averages weights, as it does in every run.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import torch

from model.network.devices import choose_precision
from model.network.preprocess import resized_size
from model.records import LabelClass
from model.training.augmentations.augmentation import Sample, bounding_boxes
from model.training.learner import Learner
from model.training.presets import preset
from tests.benchmarks.rivals import CLASSES, race, same_weights, torchvision_retinanet

CPU = torch.device("cpu")


def sample(size: tuple[int, int], boxes: int, seed: int) -> Sample:
    """Noise of this size (H, W) px with boxes of 16 px to a third of it."""
    generator = torch.Generator().manual_seed(seed)
    limits = torch.tensor([size[1], size[0]])
    sides = 16 + torch.rand(boxes, 2, generator=generator) * (limits / 3 - 16)
    corners = torch.rand(boxes, 2, generator=generator) * (limits - sides)
    return Sample(
        torch.randint(0, 256, (*size, 3), dtype=torch.uint8, generator=generator).permute(2, 0, 1),
        bounding_boxes(torch.cat((corners, corners + sides), dim=1), size),
        torch.randint(len(CLASSES), (boxes,), generator=generator),
        torch.zeros(boxes, dtype=torch.bool),
    )


def main(arguments: list[str]) -> None:
    name, batch, rounds = (*arguments, *("fast", "8", "10")[len(arguments) :])
    settings = replace(preset(name), optimizer="sgd", learning_rate=1e-4, batch_size=int(batch))
    torch.manual_seed(0)
    theirs = torchvision_retinanet(settings.architecture).train()
    optimizer = torch.optim.SGD(theirs.parameters(), 1e-4, momentum=0.9, weight_decay=1e-4)
    size = resized_size((480, 640), settings.architecture.short_side, settings.architecture.long_side)
    samples = [sample(size, 12, seed) for seed in range(int(batch))]
    images = [s.image.float() / 255 for s in samples]
    targets = [{"boxes": s.boxes.as_subclass(torch.Tensor), "labels": s.labels} for s in samples]

    def torchvision_step() -> None:
        optimizer.zero_grad(set_to_none=True)
        sum(theirs(images, targets).values()).backward()
        optimizer.step()

    rivals = [("torchvision", torchvision_step)]
    classes = tuple(LabelClass(number, text, "#808080") for number, text in enumerate(CLASSES, 1))
    tensors = same_weights(theirs, settings.architecture).tensors
    for precision in dict.fromkeys((torch.float32, choose_precision("auto", CPU))):
        learner = Learner(settings, classes, CPU, precision)
        learner.network.load_state_dict(tensors)
        rivals.append((f"ours, {precision}", lambda learner=learner: learner.step(samples, 1e-4)))
    print(f"{name}: batch {batch}, {size[1]} x {size[0]} px, {torch.get_num_threads()} threads")
    print(race(rivals, int(rounds)))


if __name__ == "__main__":
    main(sys.argv[1:])
