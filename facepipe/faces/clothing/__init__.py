"""What a person wears, as 128 numbers. Clothing models, as data: one file and one line each.

`CLOTH_MODELS.load(name)` gives a `ClothModel`, which `open` makes a `ClothNetwork`.
"""

from facepipe.registry import Plugin, Registry

_HERE = "facepipe.faces.clothing"

CLOTH_MODELS = Registry(
    "clothing model",
    "facepipe.clothing_models",
    Plugin(
        "builtin", f"{_HERE}.builtin:BuiltinCloth", "ResNet-18 to conv3_x, trained by this project on drawn garments"
    ),
    Plugin(
        "resnet18-imagenet", f"{_HERE}.imagenet:ImageNetCloth", "the same with ImageNet weights (models pull resnet18)"
    ),
    Plugin("file", f"{_HERE}.file:ClothFile", "an .onnx file of your own: --cloth-model FILE.onnx"),
    files=(".onnx", "file", "cloth_file"),
    must_be="facepipe.contracts:ClothModel",
)
