"""Train the clothing encoder on drawn garments and export it: python training/cloth/train.py --out FOLDER."""

import argparse
import logging
import math
import multiprocessing
import time
from pathlib import Path

import cv2
import torch
from export import export_both
from garments.render import Wardrobe
from model import DIMENSIONS, Trunk, nt_xent
from torch import nn

PEOPLE = 64  # in a batch, two views each
FAMILIES = 100  # painted at a time, of four people each
STAGES = ((48, 0.5), (64, 0.38), (96, 0.12))  # side in pixels, share of the steps
LEARNING_RATE = 2e-3
WARM_UP = 100  # steps
QUEUE = 8  # batches drawn ahead
PATIENCE = 300  # seconds to wait for a batch before the drawing process is taken for dead

log = logging.getLogger("cloth")


def draw(queue: multiprocessing.Queue, seed: int, todo: range, steps: int) -> None:
    """The drawing process: views (2 PEOPLE, side, side, 3) of the side that each step wants, never the same twice."""
    cv2.setNumThreads(1)
    wardrobe = Wardrobe(seed, FAMILIES)
    for step in todo:
        views = wardrobe.batch(PEOPLE, side=side_at(step, steps))
        queue.put(views.reshape(-1, *views.shape[2:]))
        if step % 2:
            wardrobe.renew(1)


def side_at(step: int, steps: int) -> int:
    """Pixels of the views at a step: small first, the final side last."""
    done = step / steps
    for side, share in STAGES:
        if done < share:
            return side
        done -= share
    return STAGES[-1][0]


def rate_at(step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to zero."""
    warm = min(1.0, (step + 1) / WARM_UP)
    return LEARNING_RATE * warm * 0.5 * (1 + math.cos(math.pi * step / steps))


def train(seed: int, steps: int, out: Path, resume: bool = False) -> None:
    """Train a trunk behind a batch normalisation and leave both in `out`/checkpoint.pt.

    `resume` goes on from the checkpoint in `out`, with views that were not drawn before.
    """
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    trunk = Trunk().to(memory_format=torch.channels_last)
    norm = nn.BatchNorm1d(DIMENSIONS, affine=False)
    decayed = [p for p in trunk.parameters() if p.ndim > 1]
    plain = [p for p in trunk.parameters() if p.ndim <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0}])
    first = 0
    if resume:
        state = torch.load(out / "checkpoint.pt")
        first = state["step"]
        trunk.load_state_dict(state["trunk"])
        norm.load_state_dict(state["norm"])
        optimiser.load_state_dict(state["optimiser"])
    queue: multiprocessing.Queue = multiprocessing.Queue(QUEUE)
    painter = multiprocessing.Process(target=draw, args=(queue, seed + first, range(first, steps), steps), daemon=True)
    painter.start()
    started, mean_loss = time.monotonic(), 0.0
    for step in range(first, steps):
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, steps)
        views = torch.from_numpy(queue.get(timeout=PATIENCE)).permute(0, 3, 1, 2).float()  # channels last in memory
        with torch.autocast("cpu", torch.bfloat16):
            pooled = trunk(views)
        loss = nt_xent(norm(pooled.float()))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        mean_loss += 0.02 * (loss.item() - mean_loss) if step > first else loss.item()
        if step % 25 == 0:
            log.info("step %d of %d, loss %.3f, %.0f s", step, steps, mean_loss, time.monotonic() - started)
        if step % 100 == 99 or step + 1 == steps:
            save(out, step + 1, trunk, norm, optimiser)
    painter.join()


def save(out: Path, step: int, trunk: nn.Module, norm: nn.Module, optimiser: torch.optim.Optimizer) -> None:
    """Write the checkpoint, whole or not at all."""
    state = {"trunk": trunk.state_dict(), "norm": norm.state_dict(), "optimiser": optimiser.state_dict(), "step": step}
    torch.save(state, out / "checkpoint.part")
    (out / "checkpoint.part").replace(out / "checkpoint.pt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the ONNX files")
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in --out")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    train(options.seed, options.steps, options.out, options.resume)
    export_both(options.out)


if __name__ == "__main__":
    main()
