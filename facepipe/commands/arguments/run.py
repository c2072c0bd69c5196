"""Turn videos and photos into a labelled person dataset: a folder a person, crops, montages, annotations, a report.

Examples:
    facepipe run clip.mp4 --threads 4
    facepipe run holiday/ party.mov --interval 0.5 --out people_dataset
    facepipe run films/ --out /share/films_dataset --cluster-address tcp://10.0.0.1:8786
    facepipe run --images ~/Pictures --with-videos --known family/ --out pictures_dataset
    facepipe run s3://bucket/films/ --out films_dataset

Stopped or killed, the same command goes on where it was. What lies at an address (s3://, gs://, sftp://, ...) is
fetched first, with fsspec: pip install 'facepipe[remote]', and the package for that protocol.
"""

import argparse

from facepipe.commands.command import Command, add_known, add_models_dir, add_tls
from facepipe.commands.settings_options import add_settings
from facepipe.files.address import place, run_folder
from facepipe.settings import AUTO, CORES, SHARD_WAYS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "facepipe run [PATH ...] [--video PATH ...] [--images PATH ...] [--out DIR] [options]"
    inputs = parser.add_argument_group("input and output")
    several = {"nargs": "+", "action": "extend", "type": place, "default": [], "metavar": "PATH"}
    inputs.add_argument(
        "paths", nargs="*", type=place, metavar="PATH", help="videos and photos, or folders of them, with subfolders"
    )
    inputs.add_argument("--video", help="videos, or folders of them: photos in there do not count", **several)
    inputs.add_argument("--images", help="photos, or folders of them: videos in there do not count", **several)
    inputs.add_argument(
        "--with-videos", action=argparse.BooleanOptionalAction, default=False, help="in --images folders they do"
    )
    add_known(inputs)
    about = "take the names that other programs have written into photos or sidecars (XMP face regions)"
    inputs.add_argument("--xmp-names", action=argparse.BooleanOptionalAction, default=False, help=about)
    inputs.add_argument("--out", type=run_folder, metavar="DIR", help="output folder (default: <first input>_dataset)")
    inputs.add_argument("--fresh", action="store_true", help="start over: first remove what an earlier run wrote there")
    add_models_dir(inputs)
    work = parser.add_argument_group("work")
    work.add_argument("--threads", type=int, default=CORES, metavar="N", help=f"worker threads (default: {CORES})")
    about = "store a frame in a file of its own, many in a segment, or in segments after 10,000 files (default: auto)"
    work.add_argument("--shards", choices=SHARD_WAYS, default=AUTO, help=about)
    about = "worker processes of this machine in place of threads; they need facepipe[cluster]"
    work.add_argument("--workers", type=int, metavar="N", help=about)
    about = "have the workers of a scheduler do it (facepipe scheduler, facepipe worker)"
    work.add_argument("--cluster-address", metavar="ADDRESS", help=about)
    add_tls(work)
    add_settings(parser, "sampling", "detection", "encoding", "clustering", "output")


COMMAND = Command(__doc__, add_arguments, "facepipe.commands.run:run")
