"""The File menu."""

from __future__ import annotations

from app.actions.action import Action, has_images, is_open

ACTIONS = (
    Action(
        "file.open_folder", "File", "&Open folder…", lambda c, w: w.ask_for_folder(), ("Ctrl+O", "Ctrl+U"),
        "mdi6.folder-open-outline", "open", "Open a folder of images", card="Open a folder",
    ),
    Action(
        "file.open_sample", "File", "Open &sample project", lambda c, w: w.open_sample(),
        icon="mdi6.creation-outline", group="open",
        tip="Drawn scenes with bolts, nuts and washers, ready to train",
    ),
    Action(
        "file.add_images", "File", "&Add images…", lambda c, w: w.ask_for_images(),
        icon="mdi6.image-plus-outline", group="exchange", tip="Copy image files into the open folder",
        enabled=is_open,
    ),
    Action(
        "file.import_voc", "File", "&Import Pascal VOC labels…", lambda c, w: w.ask_for_labels(),
        icon="mdi6.import", group="exchange",
        tip="Read the XML files of a folder; nothing you drew is overwritten", enabled=is_open,
    ),
    Action(
        "file.export", "File", "&Export…", lambda c, w: w.open_export_dialog(), ("Ctrl+E",), "mdi6.export",
        "exchange", "Write your boxes as Pascal VOC XML, with the images", card="Export", enabled=has_images,
    ),
    Action("file.quit", "File", "&Quit", lambda c, w: w.close(), ("Ctrl+Q",), "mdi6.logout-variant", "quit"),
)  # fmt: skip
