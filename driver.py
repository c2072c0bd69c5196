"""The main job: python driver.py --video clip.mp4 --threads 4

The two graphs below are the whole pipeline. To add a step, write a pyPiper Node and put it between two of these.
"""

from facepipe.cli import entry
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


if __name__ == "__main__":
    entry("run", frames_graph=frames_graph, people_graph=people_graph)
