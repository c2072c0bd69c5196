"""From a face to numbers: alignment, the 128-d face vector, the clothing vector, quality."""

from facepipe.registry import Plugin, Registry

ENCODERS = Registry(
    "encoder",
    Plugin("onnx", "facepipe.faces.encoders.dlib_onnx:Encoder", "dlib's face network on ONNX Runtime"),
    Plugin(
        "dlib", "facepipe.faces.encoders.dlib_native:Encoder", "dlib itself: the reference, about fifteen times slower"
    ),
)
