"""What each stage costs, one after the other on one thread, and how near the networks come to the core's peak."""

import math
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
from measure import table
from part_threads import installed

from facepipe import models
from facepipe.faces.align import Aligner, face_chip
from facepipe.faces.analyser import FaceAnalyser
from facepipe.faces.clothing.builtin import BuiltinCloth
from facepipe.faces.detectors import DETECTORS
from facepipe.faces.encoders import ENCODERS
from facepipe.geometry import fit_within
from facepipe.imaging.array_picture import ArrayPicture
from facepipe.media.readers import sample
from facepipe.media.sources import find_sources
from facepipe.records import Frame
from facepipe.runs.datastore import Datastore
from facepipe.runs.layout import Layout
from facepipe.runs.shards import ShardFolder
from facepipe.settings import SamplingSettings, Settings

CAP = (700, 500)


def measured(args):
    (source,) = find_sources([args.clip], warn=print)
    frames = [(frame.ref, frame.picture.rgb().copy()) for frame in sample(source, SamplingSettings())]
    small = [ArrayPicture(image).rgb(fit_within((image.shape[1], image.shape[0]), CAP)) for _, image in frames]
    rows = [["decode and sample", decode(source, args.repeats), None, None]]
    for name in installed():
        detector = DETECTORS.load(name)().open()
        rows.append([f"detect, {name}", per_item(detector.detect, small, args.repeats), None, None])
    aligner = Aligner()
    found = [(image, face) for (_, image), s in zip(frames, small, strict=True)
             for face in scaled(DETECTORS.load("hog")().open().detect(s), image, s)]  # fmt: skip
    marks = [(image, aligner.landmarks(image, box)) for image, box in found]
    peak = peak_gflops()
    rows.append(["align", None, per_item(lambda f: face_chip(f[0], aligner.landmarks(*f)), found, args.repeats), None])
    for name in ("retail-0095", "dlib", "dlib-native"):
        embedder = ENCODERS.load(name)()
        if not embedder.is_installed():
            continue
        encoder, chips = embedder.open(), [type(embedder).chip(*mark) for mark in marks]
        ms = per_item(lambda chip, e=encoder: e.encode(chip[None]), chips, args.repeats)
        path = models.find(embedder.models[0])
        share = flops(path, (1, 150, 150, 3)) / ms / 1e6 / peak if name == "dlib" else None
        rows.append([f"encode face, {name}", None, ms, share])
    cloth = BuiltinCloth()
    network = cloth.open()
    ms = per_item(lambda f: network.encode([f[0]]), found, args.repeats)
    rows.append(["encode clothing", None, ms, flops(models.find(cloth.models[0]), None) / ms / 1e6 / peak])
    rows.append(["store", store(frames, args.repeats), None, None])
    header = ["stage", "ms a frame", "ms a face", "share of the core's peak"]
    text = [["" if v is None else v for v in row] for row in rows]
    note = f"\nThe core's peak, a float32 matrix product on one thread: {peak:.0f} GFLOP/s.\n"
    return "Stages", table(header, text) + note, {row[0]: row[1:] for row in rows}


def scaled(detections, image, small):
    factor = image.shape[1] / small.shape[1]
    return [tuple(float(v) * factor for v in detection.box_ltrb) for detection in detections]


def per_item(function, items, repeats):
    """Median over repeats of the CPU milliseconds of this process that one item takes."""
    function(items[0])
    times = []
    for _ in range(repeats):
        started = time.process_time()
        for item in items:
            function(item)
        times.append(1000 * (time.process_time() - started) / len(items))
    return statistics.median(times)


def decode(source, repeats):
    def once(_):
        return [frame.picture.rgb((640, 360)) for frame in sample(source, SamplingSettings())]

    return per_item(once, [None], repeats) / len(once(None))


def store(frames, repeats):
    analyser = FaceAnalyser(Settings.of(detector="hog").detection)
    done = []
    for ref, image in frames[:10]:
        done.append(analyser.analyse(Frame(ref, (image.shape[1], image.shape[0]), ArrayPicture(image))))
    with tempfile.TemporaryDirectory() as folder:
        datastore = Datastore(Layout(Path(folder)), ShardFolder(Path(folder) / "shards", "digest"))
        return per_item(datastore.store, done, repeats)


def flops(path, shape):
    """Floating-point operations of one run of an ONNX file: two for each multiplication of a convolution or Gemm."""
    model = onnx.load(path)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    for dim, size in zip(dims, shape or [1, *(d.dim_value for d in dims[1:])], strict=True):
        dim.dim_value = size
    inferred = onnx.shape_inference.infer_shapes(model)
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim]
              for v in [*inferred.graph.value_info, *inferred.graph.output]}  # fmt: skip
    weights = {w.name: list(w.dims) for w in model.graph.initializer}
    total = 0
    for node in inferred.graph.node:
        if node.op_type == "Conv":
            total += 2 * math.prod(shapes[node.output[0]]) * math.prod(weights[node.input[1]][1:])
        elif node.op_type in ("Gemm", "MatMul") and node.input[1] in weights:
            total += 2 * math.prod(weights[node.input[1]])
    return total


def peak_gflops(size=1024, repeats=7):
    """The best rate of a float32 matrix product with one thread, in GFLOP/s."""
    from threadpoolctl import threadpool_limits

    a = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    with threadpool_limits(1):
        best = min(_timed(lambda: a @ a) for _ in range(repeats))
    return 2 * size**3 / best / 1e9


def _timed(function):
    started = time.perf_counter()
    function()
    return time.perf_counter() - started
