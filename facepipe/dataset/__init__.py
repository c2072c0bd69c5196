"""What a run leaves behind: crops, montages, annotations, plots, the report."""

from facepipe.registry import Plugin, Registry

EXPORTERS = Registry(
    "annotation format",
    Plugin("yolo", "facepipe.dataset.yolo:YoloExporter", "Ultralytics: data.yaml, images/ and labels/ by split"),
    Plugin("darknet", "facepipe.dataset.darknet:DarknetExporter", "Darknet: obj.names, obj.data, train.txt, obj/"),
    Plugin("coco", "facepipe.dataset.coco:CocoExporter", "COCO instances: one JSON and one image folder a split"),
)
