"""The seven nodes: thin pyPiper adapters over plain classes and functions that work without pyPiper.

| node | adapts |
|---|---|
| FramesProvider | media.stream.FrameStream |
| FaceEncoder | faces.analyser.FaceAnalyser |
| ClothEncoder | faces.clothing.ClothNetwork |
| DatastoreManager | runs.datastore.Datastore |
| PickleListCollator | results.collate.collate_run |
| ClusterUtility | people.labeller.Labeller |
| FaceImageGenerator | results.write.write_results |
"""

from facepipe.nodes.cloth_encoder import ClothEncoder
from facepipe.nodes.cluster_utility import ClusterUtility
from facepipe.nodes.datastore_manager import DatastoreManager
from facepipe.nodes.face_encoder import FaceEncoder
from facepipe.nodes.face_image_generator import FaceImageGenerator
from facepipe.nodes.frames_provider import FramesProvider
from facepipe.nodes.pickle_list_collator import PickleListCollator

__all__ = [
    "ClothEncoder",
    "ClusterUtility",
    "DatastoreManager",
    "FaceEncoder",
    "FaceImageGenerator",
    "FramesProvider",
    "PickleListCollator",
]
