"""The records of the model files: complete, owned by plug-ins, found by name."""

from dataclasses import replace
from pkgutil import resolve_name

import pytest

from facepipe.errors import UsageError
from facepipe.faces.align import LANDMARKS
from facepipe.faces.clothing.imagenet import RESNET18
from facepipe.faces.detectors import DETECTORS
from facepipe.faces.detectors.centerface import CENTERFACE
from facepipe.faces.detectors.cnn import DLIB_CNN, DLIB_CNN_DAT
from facepipe.faces.detectors.yunet import YUNET, YuNet
from facepipe.faces.encoders.retail import RETAIL_0095
from facepipe.models.catalogue import catalogue, model_named, names_to_pull
from facepipe.registry import Plugin, registry_of

MINE = replace(YUNET, name="mine", file="mine.onnx")


class Mine(YuNet):
    models = (MINE,)


def test_the_catalogue_is_complete():
    known = catalogue()
    assert len({model.file for model in known.values()}) == len(known)
    for name, model in known.items():
        assert name == model.name and model.licence and model.origin and model.summary
        assert set(model.made_from) <= set(known.values())
        for target in filter(None, (model.convert, model.cut)):
            assert callable(resolve_name(target))
        assert (bool(model.convert), bool(model.cut)) == (bool(model.made_from), bool(model.arrives_sha256))
        if model.url or model.wheel:
            assert model.to_pull == (model,)
            assert model.url.startswith("https://") or (model.wheel and len(model.wheel_sha256) == 64 and model.member)
            assert len(model.sha256 or model.arrives_sha256) == 64 and (model.size or model.arrives_size)


@pytest.mark.parametrize("kind", ["detector", "encoder", "clothing model"])
def test_the_models_of_every_plugin_are_in_it(kind):
    known = catalogue()
    owned = [model for plugin in registry_of(kind) for model in plugin.load().models]
    assert owned and all(known[model.name] is model for model in owned)
    assert known[LANDMARKS.name] is LANDMARKS  # of no plug-in


def test_plugins_of_other_packages_count_and_broken_ones_do_not_hide_the_rest(monkeypatch):
    before = catalogue()
    monkeypatch.setitem(DETECTORS._plugins, "lame", Plugin("lame", "no_such_module:Lame", "lacks a package"))
    monkeypatch.setitem(DETECTORS._plugins, "mine", Plugin("mine", f"{__name__}:Mine", "", package="my-package"))
    assert catalogue() == before | {"mine": MINE} and model_named("mine") is MINE
    assert set(names_to_pull()) == {"yunet", "centerface", "retail-0095", "resnet18-imagenet", "mine"}


def test_what_is_pulled_of_a_model():
    assert (YUNET.to_pull, replace(YUNET, url="").to_pull) == ((YUNET,), ())
    graph, weights = RETAIL_0095.made_from
    assert RETAIL_0095.sources == RETAIL_0095.to_pull == (graph, weights)
    assert replace(RETAIL_0095, made_from=(graph, replace(weights, url=""))).to_pull == ()
    assert (DLIB_CNN.sources, DLIB_CNN.to_pull, LANDMARKS.to_pull) == ((DLIB_CNN_DAT,), (), ())
    assert names_to_pull() == [model.name for model in (YUNET, CENTERFACE, RETAIL_0095, RESNET18)]


def test_a_model_by_its_name_or_by_an_unmistakable_beginning():
    assert model_named("yunet") is YUNET and model_named("retail-0095") is RETAIL_0095
    assert model_named("resnet18") is RESNET18
    for name in ("dlib", "yun", "resnet", ""):
        with pytest.raises(UsageError, match=f"unknown model '{name}'"):
            model_named(name)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(UsageError, match="unknown model 'nope': choose one of yunet, centerface"):
        model_named("nope")
