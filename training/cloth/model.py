"""The clothing net in PyTorch: ResNet-18 up to conv3_x, and its loss."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DIMENSIONS = 128
# ImageNet's channel means and deviations on 0..255: the usual input scaling of a ResNet.
MEAN = (123.675, 116.28, 103.53)
DEVIATION = (58.395, 57.12, 57.375)


class Block(nn.Module):
    """A basic residual block: two 3x3 convolutions."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        kept = x if self.downsample is None else self.downsample(x)
        x = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)), inplace=True)))
        return F.relu(x + kept, inplace=True)


class Trunk(nn.Module):
    """RGB (N, 3, H, W) 0..255 to pooled features (N, 128); parameter names are torchvision's."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(DEVIATION).view(1, 3, 1, 1), persistent=False)
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(Block(64, 64), Block(64, 64))
        self.layer2 = nn.Sequential(Block(64, 128, 2), Block(128, 128))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        x = (x - self.mean) / self.deviation
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x)), inplace=True), 3, 2, 1)
        return self.layer2(self.layer1(x)).float().mean((2, 3))


class Encoder(nn.Module):
    """The trunk, a linear layer and length 1: what is exported."""

    def __init__(self, trunk: Trunk, weight: Tensor, bias: Tensor):
        super().__init__()
        self.trunk = trunk
        self.linear = nn.Linear(DIMENSIONS, DIMENSIONS)
        self.linear.load_state_dict({"weight": weight, "bias": bias})

    def forward(self, x: Tensor) -> Tensor:
        return F.normalize(self.linear(self.trunk(x)))


def nt_xent(vectors: Tensor, temperature: float = 0.1) -> Tensor:
    """Normalised temperature-scaled cross entropy (Chen et al. 2020, arXiv:2002.05709).

    `vectors` (2N, D): rows 2i and 2i + 1 are two views of one person, all others are somebody else.
    """
    vectors = F.normalize(vectors)
    scores = vectors @ vectors.T / temperature
    scores.fill_diagonal_(float("-inf"))
    partner = torch.arange(len(vectors), device=vectors.device) ^ 1
    return F.cross_entropy(scores, partner)
