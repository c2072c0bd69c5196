"""Face detectors, as data: one file and one line each.

`DETECTORS.load(name)` gives a `FaceFinder`: the detector's options, which `open` it.
"""

from facepipe.faces.face_recognition import INSTALL
from facepipe.registry import Plugin, Registry

_HERE = "facepipe.faces.detectors"

DETECTORS = Registry(
    "detector",
    "facepipe.detectors",
    Plugin(
        "auto", f"{_HERE}.auto:AutoDetector", "the first of those below that is installed and made for the main job"
    ),
    Plugin("yunet", f"{_HERE}.yunet:YuNet", "YuNet: finds the most, and fastest; optional download"),
    Plugin("centerface", f"{_HERE}.centerface:CenterFace", "CenterFace: finds as many as yunet, slower; optional"),
    Plugin("cnn", f"{_HERE}.cnn:DlibCnn", "dlib's CNN on ONNX Runtime: misses small and turned faces"),
    Plugin(
        "hog", f"{_HERE}.hog:DlibHog", "dlib's HOG, a reference: frontal faces only, about half of what yunet finds"
    ),
    Plugin("cnn-dlib", f"{_HERE}.cnn_dlib:DlibCnnNative", "dlib's CNN on dlib itself, a reference: cnn, but slow"),
    Plugin(
        "face-recognition-hog",
        f"{_HERE}.face_recognition:FaceRecognitionHog",
        "the package face_recognition with its HOG model",
        install=INSTALL,
    ),
    Plugin(
        "face-recognition-cnn",
        f"{_HERE}.face_recognition:FaceRecognitionCnn",
        "the package face_recognition with its CNN model",
        install=INSTALL,
    ),
    must_be="facepipe.contracts:FaceFinder",
)
