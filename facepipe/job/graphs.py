"""The two graphs of the main job, as driver.py shows them."""

from collections.abc import Callable
from dataclasses import dataclass

from pyPiper import NodeGraph

from facepipe.job.work import Work
from facepipe.nodes import (
    ClothEncoder,
    ClusterUtility,
    DatastoreManager,
    FaceEncoder,
    FaceImageGenerator,
    FramesProvider,
    PickleListCollator,
)


def frames_graph(work: Work):
    """A frame at a time, on threads: sampled, its faces and their clothing encoded, stored."""
    return (
        FramesProvider("frames", stream=work.stream)
        | FaceEncoder("faces", detection=work.detection, encoding=work.encoding, models_dir=work.models_dir)
        | ClothEncoder("clothes", encoding=work.encoding, models_dir=work.models_dir)
        | DatastoreManager("store", datastore=work.datastore)
    )


def people_graph(work: Work):
    """The whole set, once: collated, clustered and named, written."""
    return (
        PickleListCollator("collate", folder=work.folder, forgotten=work.forgotten)
        | ClusterUtility("cluster", labeller=work.labeller, progress=work.clustering)
        | FaceImageGenerator(
            "images", folder=work.folder, output=work.output, threads=work.threads, progress=work.writing
        )
    )


FramesGraph = Callable[[Work], NodeGraph]


@dataclass(frozen=True, slots=True)
class Graphs:
    """How the job is wired: a graph that takes a frame at a time, and one that takes the whole set once."""

    frames: FramesGraph = frames_graph
    people: Callable[[Work], NodeGraph] = people_graph


GRAPHS = Graphs()
