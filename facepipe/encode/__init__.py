"""From a face to numbers: alignment, the 128-d face vector, the clothing vector, quality."""

from facepipe.registry import Plugin, Registry

ENCODERS = Registry(
    "encoder",
    Plugin("onnx", "facepipe.encode.face:Encoder", "dlib's face network on ONNX Runtime"),
    Plugin("dlib", "facepipe.encode.face_dlib:Encoder", "dlib itself: the reference, about fifteen times slower"),
)
