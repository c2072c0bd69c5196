"""The review page at scale: a simulated run of 40,000 faces, a real server, a real browser.

    python benchmarks/review_page.py [--faces 40000] [--out FOLDER] [--json FILE]

The people are those of clustering.py, and one in nine of the larger ones is wrongly two; pictures are cut from the
frames, which are all one picture. Says how long it takes until the address is there, until a page can be used, until
an answer is shown; the memory of the server; and what scrolling through the largest person costs.
Needs chromium and chromedriver, and selenium.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "helpers"))

from browser import browser
from measure import PYTHON, ROOT, machine, table
from simulated import make_run

ANSWERS = 40
WITH_PICTURES = """
const images = [...document.querySelectorAll("main img")];
return images.length > 0 && images.slice(0, 6).every((image) => image.complete && image.naturalWidth);"""
SCROLL = """
const done = arguments[arguments.length - 1];
const times = [];
let last = performance.now(), y = 0;
function step(now) {
  times.push(now - last); last = now; y += 120; scrollTo(0, y);
  if (times.length < 240 && y < document.body.scrollHeight) requestAnimationFrame(step);
  else done(times.slice(2));
}
requestAnimationFrame(step);"""

ANSWER = """
const [key, done] = arguments;
const title = document.querySelector(".question h1").textContent;
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
if (title.startsWith("Who")) { press("s"); return done(null); }
const start = performance.now();
let next = null;
new MutationObserver((_, watch) => { watch.disconnect(); done([next, performance.now() - start]); })
  .observe(document.getElementById("said"), { childList: true });
press(title.startsWith("Which") ? "y" : key);
requestAnimationFrame(() => { next = performance.now() - start; });"""


def measured(out: Path) -> dict[str, float]:
    """Seconds, milliseconds and MiB of one review."""
    started = time.perf_counter()
    command = [PYTHON, "-m", "facepipe", "review", str(out), "--no-browser"]
    server = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    try:
        address = server.stdout.readline().strip()
        figures = {"address s": time.perf_counter() - started}
        with browser(1280, 860) as page:
            page.set_script_timeout(120)
            figures |= _visits(page, address) | _scrolling(page) | _answers(page)
        figures["memory MiB"] = _peak(server.pid)
        return figures
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
        server.stdout.close()


def _visits(page, address: str) -> dict[str, float]:
    page.get(f"{address}#/people")
    started = time.perf_counter()
    page.get(f"{address}&again#/people")
    until(page, "return document.activeElement.matches('.cover') && document.querySelectorAll('.card').length > 0")
    usable = time.perf_counter() - started
    until(page, WITH_PICTURES)
    return {"usable s": usable, "with pictures s": time.perf_counter() - started}


def _scrolling(page) -> dict[str, float]:
    name = page.execute_script("return document.querySelector('.card .name').value")
    started = time.perf_counter()
    page.execute_script("location.hash = `#/person/${arguments[0]}`", name)
    until(page, "return document.querySelectorAll('.tile img').length > 20")
    opened = time.perf_counter() - started
    times = page.execute_async_script(SCROLL)
    faces = int("".join(filter(str.isdigit, page.find_element("css selector", ".title .count").text)))
    return {"largest person faces": faces, "opened s": opened, "frame ms p95": float(np.percentile(times, 95)),
            "frame ms most": max(times)}  # fmt: skip


def _answers(page) -> dict[str, float]:
    """Milliseconds from a key to the next question on the page, and to the server's word."""
    started = time.perf_counter()
    page.execute_script("location.hash = '#/questions'")
    until(page, "return document.querySelector('.question') !== null", 60)
    first = time.perf_counter() - started
    shown, said = [], []
    for number in range(ANSWERS):
        took = page.execute_async_script(ANSWER, "y" if number % 2 else "n")
        if took:
            shown.append(took[0])
            said.append(took[1])
        until(page, "return document.querySelector('.question') !== null", 60)
    return {"first question s": first, "next question ms": statistics.median(shown),
            "answer in the log ms": statistics.median(said), "... p95": float(np.percentile(said, 95))}  # fmt: skip


def until(page, script: str, most_s: float = 30.0) -> None:
    ends = time.perf_counter() + most_s
    while not page.execute_script(script):
        if time.perf_counter() > ends:
            raise SystemExit(f"waited {most_s} s for: {script}")
        time.sleep(0.01)


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faces", type=int, default=40_000)
    parser.add_argument("--out", type=Path, help="where the run lies; made where it is missing")
    parser.add_argument("--json", type=Path, help="where the figures are written")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = args.out or Path(folder) / "simulated"
        if not out.exists():
            make_run(out, args.faces)
        figures = measured(out)
    print(machine())
    print(table(["figure", f"{args.faces} faces"], [[name, float(value)] for name, value in figures.items()]))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
