"""Endless views of drawn people, in batches made for a contrastive loss."""

import numpy as np

from .camera import SIDE, Scene, draw_background, draw_scene, evenly_lit, take
from .figure import paint_figure
from .outfit import draw_family

FAMILY = 4  # look-alikes that differ in one attribute
POSES = 3  # paintings of one person
SHARED = 0.6  # of the families are seen in common scenes, where only their clothes differ


class Wardrobe:
    """A pool of painted people, in families of look-alikes, that is renewed while it is used.

    Painting a person costs about ten times as much as taking a view of one, so each is seen in a few dozen views
    before the family makes room for a new one. Two wardrobes with one seed give the same batches.
    """

    def __init__(self, seed: int, families: int, backgrounds: int = 300):
        self._rng = np.random.default_rng(seed)
        self._backgrounds = [draw_background(self._rng) for _ in range(backgrounds)]
        self._families = [self._paint_family() for _ in range(families)]
        self._oldest = 0

    def _paint_family(self) -> list[list[np.ndarray]]:
        """`FAMILY` people x `POSES` figures."""
        rng = np.random.default_rng(self._rng.integers(2**63))
        return [[paint_figure(outfit, rng) for _ in range(POSES)] for outfit in draw_family(rng, FAMILY)]

    def renew(self, count: int) -> None:
        """Paint `count` new families in place of the oldest."""
        for _ in range(count):
            self._families[self._oldest] = self._paint_family()
            self._oldest = (self._oldest + 1) % len(self._families)

    def batch(self, people: int, views: int = 2, side: int = SIDE, light: bool = True) -> np.ndarray:
        """Views of `people` (a multiple of `FAMILY`) different people: uint8 RGB (people, views, side, side, 3).

        In `SHARED` of the families all n-th views are taken in one scene. Without `light`, light is even everywhere.
        """
        chosen = self._rng.permutation(len(self._families))[: people // FAMILY]
        out = np.empty((people, views, side, side, 3), np.uint8)
        for row, family in enumerate(chosen):
            together = self._rng.random() < SHARED
            for view in range(views):
                scene = self._scene(light)
                for member, figures in enumerate(self._families[family]):
                    scene = scene if together or member == 0 else self._scene(light)
                    figure = figures[self._rng.integers(POSES)]
                    out[row * FAMILY + member, view] = take(figure, scene, self._rng, side)
        return out

    def _scene(self, light: bool) -> Scene:
        """A place, and three people of the pool who may be in it."""
        families = self._rng.integers(len(self._families), size=3)
        members = self._rng.integers(FAMILY, size=3)
        crowd = [self._families[i][j][0] for i, j in zip(families, members, strict=True)]
        scene = draw_scene(self._rng, self._backgrounds, crowd)
        return scene if light else evenly_lit(scene)
