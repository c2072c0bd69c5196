"""The formats that are written, as data: one file and one line each.

`EXPORTERS.load(name)` gives an `Exporter`.
"""

from facepipe.registry import Plugin, Registry

_HERE = "facepipe.export.formats"

EXPORTERS = Registry(
    "annotation format",
    "facepipe.formats",
    Plugin("yolo", f"{_HERE}.yolo:YoloExporter", "Ultralytics: data.yaml, images/ and labels/ by split"),
    Plugin("darknet", f"{_HERE}.darknet:DarknetExporter", "Darknet: obj.names, obj.data, train.txt, obj/"),
    Plugin("coco", f"{_HERE}.coco:CocoExporter", "COCO instances: one JSON and one image folder a split"),
    Plugin("imagefolder", f"{_HERE}.imagefolder:ImageFolderExporter", "crops: <split>/<person>/<face_id>.jpg"),
    Plugin("yolo-pose", f"{_HERE}.yolo_pose:YoloPoseExporter", "Ultralytics pose: the same with five landmarks"),
    Plugin("coco-keypoints", f"{_HERE}.coco_keypoints:CocoKeypointsExporter", "COCO keypoints: with five landmarks"),
    Plugin("mot", f"{_HERE}.mot:MotExporter", "MOT Challenge: a sequence a video, identities through it"),
    Plugin("market", f"{_HERE}.market:MarketExporter", "Market-1501: whole-body crops, gallery and queries"),
    Plugin("aligned", f"{_HERE}.aligned:AlignedExporter", "aligned faces: ArcFace's 112, or FFHQ's 256, 512 or 1024"),
    Plugin("voc", f"{_HERE}.voc:VocExporter", "Pascal VOC: JPEGImages/, Annotations/, ImageSets/Main/"),
    Plugin("cvat", f"{_HERE}.cvat:CvatExporter", "CVAT for images 1.1: one XML and one image folder a split"),
    Plugin(
        "cvat-video", f"{_HERE}.cvat_video:CvatVideoExporter", "CVAT for video 1.1: tracks, to be opened on the video"
    ),
    Plugin("csv", f"{_HERE}.csv_file:CsvExporter", "faces.csv: one row per face with its embedding, no pictures"),
    Plugin("parquet", f"{_HERE}.parquet:ParquetExporter", "faces.parquet: the same as columns", extra="parquet"),
    Plugin("lfw", f"{_HERE}.lfw:LfwExporter", "Labeled Faces in the Wild: lfw/<name>/<name>_0001.jpg, 250 x 250"),
    Plugin(
        "lora", f"{_HERE}.lora:LoraExporter", "a few varied pictures with captions for kohya sd-scripts, ai-toolkit"
    ),
    Plugin("clips", f"{_HERE}.clips:ClipsExporter", "clips of one person with captions, to train video models on"),
    Plugin("huggingface", f"{_HERE}.huggingface:HuggingFaceExporter", "Hugging Face: data/<split>/, metadata.jsonl"),
    Plugin("webdataset", f"{_HERE}.webdataset:WebDatasetExporter", "WebDataset: tar shards of crops, JSON and class"),
    Plugin("fiftyone", f"{_HERE}.fiftyone:FiftyOneExporter", "FiftyOne: data/, labels.json with detections"),
    Plugin("label-studio", f"{_HERE}.label_studio:LabelStudioExporter", "Label Studio: tasks with rectangles"),
    Plugin("links", f"{_HERE}.links:LinksExporter", "links: cluster_with_<faces>/<person>/<face_id>.jpg, no copies"),
    must_be="facepipe.export.exporter:Exporter",
)
