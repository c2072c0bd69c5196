"""From a trained trunk to the ONNX file that ships: the last linear layer, the graph, and a check that both agree.

python training/cloth/export.py FOLDER writes standardised.onnx and whitened.onnx beside the folder's checkpoint.pt.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from garments.camera import SIDE
from garments.render import Wardrobe
from model import DIMENSIONS, Encoder, Trunk
from torch import Tensor, nn

OPSET = 17
WHITENING_SEED = 1_000_000  # of the views whose statistics are used; training does not reach it
PARITY = 1e-4  # largest accepted difference between PyTorch and ONNX Runtime


def standardise(norm: nn.BatchNorm1d) -> tuple[Tensor, Tensor]:
    """Weight and bias of a linear layer that does what the batch normalisation behind the trunk does."""
    scale = (norm.running_var + norm.eps).rsqrt()
    return torch.diag(scale), -norm.running_mean * scale


@torch.no_grad()
def whiten(trunk: Trunk, seed: int = WHITENING_SEED, batches: int = 10, floor: float = 0.001) -> tuple[Tensor, Tensor]:
    """Weight and bias after which the pooled features of one person spread equally in all directions.

    Within-class whitening, the first half of linear discriminant analysis (Fisher 1936): directions in which light,
    pose and place move a person's vector are shortened, those that only change with the clothes gain weight. `floor`
    times the largest variance is added to each, so that directions which hold nothing are not blown up.
    """
    wardrobe = Wardrobe(seed, families=48, backgrounds=100)
    people, views, means, within = 128, 4, [], torch.zeros(DIMENSIONS, DIMENSIONS, dtype=torch.float64)
    for _ in range(batches):
        drawn = wardrobe.batch(people, views)
        pooled = embed(trunk, drawn.reshape(-1, *drawn.shape[2:])).double().reshape(people, views, DIMENSIONS)
        means.append(pooled.mean(1))
        spread = (pooled - pooled.mean(1, keepdim=True)).reshape(-1, DIMENSIONS)
        within += spread.T @ spread / (batches * people * (views - 1))
        wardrobe.renew(8)
    variance, axes = torch.linalg.eigh(within)
    weight = axes @ torch.diag((variance + floor * variance.max()).rsqrt()) @ axes.T
    return weight.float(), (-weight @ torch.cat(means).mean(0)).float()


@torch.no_grad()
def embed(trunk: nn.Module, views: np.ndarray) -> Tensor:
    """Outputs (N, 128) of a net for views (N, H, W, 3) uint8, in float32."""
    parts = np.array_split(views, max(1, len(views) // 64))
    return torch.cat([trunk(torch.from_numpy(p).permute(0, 3, 1, 2).float()) for p in parts])


def export(trunk: Trunk, weight: Tensor, bias: Tensor, path: Path) -> None:
    """Write the encoder to `path` and check that the file is valid and agrees with PyTorch.

    Input `image`: float32 (N, 3, 96, 96) RGB 0..255. Output `vector`: float32 (N, 128) of length 1.
    """
    encoder = Encoder(trunk, weight, bias).eval()
    sample = torch.rand(2, 3, SIDE, SIDE) * 255
    torch.onnx.export(
        encoder, (sample,), str(path), input_names=["image"], output_names=["vector"], opset_version=OPSET,
        dynamic_axes={"image": {0: "batch"}, "vector": {0: "batch"}}, dynamo=False,
    )  # fmt: skip
    model = onnx.load(path)
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = DIMENSIONS
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    views = torch.rand(5, 3, SIDE, SIDE) * 255
    with torch.no_grad():
        difference = np.abs(session.run(None, {"image": views.numpy()})[0] - encoder(views).numpy()).max()
    if difference > PARITY:
        raise RuntimeError(f"{path}: differs from PyTorch by {difference:.2e}, more than {PARITY:.0e}")


def export_both(folder: Path) -> None:
    """The checkpoint in `folder` with either last layer: standardised.onnx and whitened.onnx."""
    state = torch.load(folder / "checkpoint.pt")
    trunk, norm = Trunk(), nn.BatchNorm1d(DIMENSIONS, affine=False)
    trunk.load_state_dict(state["trunk"])
    norm.load_state_dict(state["norm"])
    trunk.eval()
    export(trunk, *standardise(norm), folder / "standardised.onnx")
    export(trunk, *whiten(trunk), folder / "whitened.onnx")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    torch.set_num_threads(1)
    export_both(parser.parse_args().folder)
