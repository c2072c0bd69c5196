"""run.json as older programs wrote it."""

import json
from dataclasses import asdict
from typing import Any

from facepipe.files import checked
from facepipe.files.removal import stays_inside
from facepipe.settings import Settings
from facepipe.space import DLIB

FORMAT = "facepipe-run-4"  # today's


def listed_in(text: str) -> frozenset[str]:
    """The files that an older run.json lists as its own; today's has files.log for that. ValueError: they lie outside
    its folder."""
    names = checked.list_of(checked.text)(json.loads(text).get("files", []), "files")
    if not all(map(stays_inside, names)):
        raise ValueError("it lists files outside its folder")
    return frozenset(names)


def upgraded(values: dict[str, Any], counts: dict[str, Any], log: dict[str, Any]) -> dict[str, Any]:
    """The entries of any run.json as today's has them; ValueError: its format is not known. counts, log: where nothing
    is known of them."""
    if values.get("format") == FORMAT:
        return values
    if values.get("format") not in ("facepipe-run-1", "facepipe-run-2", "facepipe-run-3"):
        raise ValueError("its format is not known")
    values = {**values, "stamps": {}}
    return _from_1(values, counts, log) if values["format"] == "facepipe-run-1" else values


def _from_1(values: dict[str, Any], counts: dict[str, Any], log: dict[str, Any]) -> dict[str, Any]:
    settings = {
        name: dict(checked.mapping(group, name))
        for name, group in checked.mapping(values.get("settings"), "settings").items()
    }
    detection, encoding, clustering = (
        settings.setdefault(name, {}) for name in ("detection", "encoding", "clustering")
    )
    if detection.get("detector", "auto") == "auto":
        detection["detector"] = values.get("detector", "auto")
    encoding["encoder"] = {"onnx": "dlib", "dlib": "dlib-native"}.get(str(encoding.get("encoder", "onnx")), "dlib")
    encoding["cloth"] = not encoding.pop("no_cloth", False)
    own = Settings.of(cluster=clustering.get("cluster", "people")).clustering.as_dict()
    settings["clustering"] = {name: value for name, value in clustering.items() if name in own and value is not None}
    counts = {**counts, **checked.mapping(values.get("counts"), "counts")}
    inputs = [
        {"mtime_ns": None, "reader": "video" if entry.get("is_video") else "photo", **entry}
        for entry in checked.list_of(checked.mapping)(values.get("inputs"), "inputs")
    ]
    rest = {
        "passed_over": {},
        "done": {},
        "unsettled": [],
        "waiting": {},
        "covers": values.get("assembled"),
        "assembled": None,
        "tables": {},
        "applied": 0,
        "foreign": [],
        "threshold": values.get("cut"),
    }
    rest |= {"log": log, "log_next": None, "forgetting": None, "exports": []}
    space = json.loads(json.dumps(asdict(DLIB)))
    return {**rest, "space": space, **values, "settings": settings, "counts": counts, "inputs": inputs}
