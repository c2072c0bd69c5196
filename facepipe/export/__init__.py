"""What a run leaves behind: crops, montages, annotations, plots, the report; and what is exported from it."""

from facepipe.registry import Plugin, Registry

EXPORTERS = Registry(
    "annotation format",
    Plugin("yolo", "facepipe.export.formats.yolo:YoloExporter", "Ultralytics: data.yaml, images/ and labels/ by split"),
    Plugin(
        "darknet", "facepipe.export.formats.darknet:DarknetExporter", "Darknet: obj.names, obj.data, train.txt, obj/"
    ),
    Plugin(
        "coco", "facepipe.export.formats.coco:CocoExporter", "COCO instances: one JSON and one image folder a split"
    ),
    Plugin(
        "imagefolder",
        "facepipe.export.formats.imagefolder:ImageFolderExporter",
        "crops: <split>/<person>/<face_id>.jpg",
    ),
    Plugin("voc", "facepipe.export.formats.voc:VocExporter", "Pascal VOC: JPEGImages/, Annotations/, ImageSets/Main/"),
    Plugin(
        "cvat", "facepipe.export.formats.cvat:CvatExporter", "CVAT for images 1.1: one XML and one image folder a split"
    ),
    Plugin(
        "csv", "facepipe.export.formats.csv_file:CsvExporter", "faces.csv: a row a face with its vector, no pictures"
    ),
    Plugin(
        "parquet", "facepipe.export.formats.parquet:ParquetExporter", "faces.parquet: the same as columns", "parquet"
    ),
    Plugin(
        "lfw",
        "facepipe.export.formats.lfw:LfwExporter",
        "Labeled Faces in the Wild: lfw/<name>/<name>_0001.jpg, 250 x 250",
    ),
)
