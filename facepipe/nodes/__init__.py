"""The seven nodes: thin pyPiper adapters over plain functions and classes.

Each works without the engine too: `FramesProvider.frames`, `FaceEncoder.encode`, `ClothEncoder.encode`,
`DatastoreManager.store`, `PickleListCollator.collate`, `ClusterUtility.cluster`, `FaceImageGenerator.generate`.
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
