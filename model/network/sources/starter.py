"""--weights starter: the detector that comes with the program. Its model card is resources/weights/README.md."""

from __future__ import annotations

import json

from model.network.sources.source import Figure, Kind, Source, State

TITLE = "Starter weights"


def _sources() -> tuple[Source, ...]:
    import torch

    from model.network import weights
    from model.network.retinanet import RetinaNet

    file = weights.STARTER
    try:
        architecture, classes, about = weights.facts_of(file)
    except weights.WeightsError:  # whoever starts from it is told; a list of what there is goes on
        return (Source("starter", TITLE, "", file, 0, 0, "MIT", "", (), None, "", ()),)
    with torch.device("meta"):
        parameters = sum(p.numel() for p in RetinaNet(architecture, len(classes), "batch").parameters())
    ap = json.loads(about.get("metrics") or "{}").get("ap")
    return (
        Source(
            name="starter",
            title=TITLE,
            url="",
            file=file,
            size=file.stat().st_size,
            parameters=parameters,
            licence="MIT",
            terms="",
            classes=classes,
            figure=None if ap is None else Figure("AP on drawn scenes", ap),
            hash="",
            backbones=(architecture.backbone,),
            architecture=architecture,
        ),
    )


def _read(source: Source) -> State:
    from model.network.weights import WeightsError, load

    if not source.is_here:
        raise WeightsError(
            f"The starter weights are missing ({source.file}). Install Fovea again, or start from imagenet, "
            "coco or none."
        )
    weights = load(source.file)
    return State(weights.tensors, weights.classes)


KIND = Kind(
    name="starter",
    place=10,
    title=TITLE,
    words="Learned from drawn scenes; they come with the program.",
    sources=_sources,
    read=_read,
)
