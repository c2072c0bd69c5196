"""facepipe, measured: one command writes a Markdown table and a JSON file.

    python benchmarks/run.py                       everything (about an hour; the 60-minute clip takes most of it)
    python benchmarks/run.py --only article stages  some parts

Parts: article (the article's pipeline against facepipe), stages (ms a frame and a face, share of the core's peak),
threads (scaling), workers (processes against threads), startup (help, and a run of ten frames), hour (time and memory
of 2 and 60 minutes of 1080p), growth (cost as faces grow), many (people among 20,000 to 200,000
faces, compared with everybody and in cells), shards (a file a frame, and segments), changes (a name, a person
forgotten, people made anew), export (portraits out of an hour).
"""

import argparse
import importlib
import json
import sys
from pathlib import Path

import measure

sys.path.insert(0, str(measure.ROOT))

PARTS = ("article", "stages", "threads", "workers", "startup", "hour", "growth", "many", "shards", "changes", "export")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clip", type=Path, default=measure.ROOT / "samples" / "panel.mp4")
    parser.add_argument("--truth", type=Path, help="truth of --clip (default: <clip>_truth.csv beside it)")
    parser.add_argument("--out", type=Path, default=measure.ROOT / "benchmarks" / "out")
    args = parser.parse_args()
    args.truth = args.truth or args.clip.with_name(f"{args.clip.stem}_truth.csv")
    args.out.mkdir(parents=True, exist_ok=True)
    text, figures = [f"Measured on {measure.machine()}; medians of {args.repeats} interleaved runs.\n"], {}
    for name in args.only:
        title, markdown, figures[name] = importlib.import_module(f"part_{name}").measured(args)
        text.append(f"## {title}\n\n{markdown}")
        print(text[-1], flush=True)
        (args.out / "benchmark.md").write_text("\n".join(text), encoding="utf-8")
        (args.out / "benchmark.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
