"""Face encoders, as data: one file and one line each.

`ENCODERS.load(name)` gives a `FaceEmbedder`: the encoder's options, its space and its chip, which `open` it.
"""

from facepipe.faces.face_recognition import INSTALL
from facepipe.registry import Plugin, Registry

_HERE = "facepipe.faces.encoders"

ENCODERS = Registry(
    "encoder",
    "facepipe.encoders",
    Plugin("auto", f"{_HERE}.auto:AutoEncoder", "the first of those below that is installed and made for the main job"),
    Plugin(
        "retail-0095", f"{_HERE}.retail:Retail0095", "the Open Model Zoo's network: tells more people apart; optional"
    ),
    Plugin("dlib", f"{_HERE}.dlib_onnx:Dlib", "dlib's face network on ONNX Runtime"),
    Plugin(
        "dlib-native", f"{_HERE}.dlib_native:DlibNative", "the same on dlib itself: the reference, fifteen times slower"
    ),
    Plugin(
        "face-recognition",
        f"{_HERE}.face_recognition:FaceRecognition",
        "the package face_recognition: dlib's network on its own landmarks",
        install=INSTALL,
    ),
    Plugin("file", f"{_HERE}.file:EncoderFile", "an .onnx file of your own, of ArcFace's kind: --encoder FILE.onnx"),
    files=(".onnx", "file", "encoder_file"),
    must_be="facepipe.contracts:FaceEmbedder",
)
