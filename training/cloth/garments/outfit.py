"""Who wears what: outfits as plain values, and families of look-alikes that differ in one attribute."""

from dataclasses import dataclass, replace

import numpy as np

from .fabric import Cloth, Rgb, draw_cloth, draw_colour, near_colour

NECKLINES = ("crew", "crew", "v", "v", "scoop", "boat", "square", "strapless", "straps", "turtle")
COLLARS = ("none", "none", "shirt", "shirt", "polo", "hood")
OUTERS = ("none", "none", "none", "suit", "suit", "jacket", "cardigan", "zip", "vest", "coat")
EXTRAS = ("none", "none", "none", "necklace", "lanyard", "scarf", "strap", "badge")
PRINTS = ("none", "none", "none", "text", "disc", "bands", "figure", "number", "patch")


@dataclass(frozen=True)
class Outfit:
    """A person from the chin down. Lengths are face widths; `build` is half the shoulder width."""

    skin: Rgb
    hair: Rgb
    hair_length: float
    build: float
    inner: Cloth
    neckline: str
    depth: float
    collar: str
    sleeve: float  # share of the arm that is covered
    trim: Rgb | None
    outer: str
    outer_cloth: Cloth
    opening: float
    tie: str
    tie_cloth: Cloth
    print: str
    print_colour: Rgb
    print_seed: int
    extra: str
    extra_colour: Rgb


def draw_outfit(rng: np.random.Generator) -> Outfit:
    """A random person's clothes."""
    collar = str(rng.choice(COLLARS))
    outer = str(rng.choice(OUTERS))
    formal = collar == "shirt" and outer in ("suit", "none", "vest", "cardigan")
    tone = rng.uniform(0.25, 1.0)
    return Outfit(
        skin=(245 * tone, 245 * tone ** rng.uniform(1.3, 1.6) * 0.8, 245 * tone ** rng.uniform(1.5, 2.1) * 0.68),
        hair=tuple(
            rng.choice([[25, 20, 18], [60, 40, 28], [110, 75, 45], [190, 160, 110], [150, 148, 145]])
            * rng.uniform(0.6, 1.2)
        ),
        hair_length=float(rng.choice([0, 0, 0, 0.5, 1.2, 1.8]) * rng.uniform(0.7, 1.3)),
        build=float(rng.uniform(1.15, 1.75)),
        inner=_mostly_plain(rng, 0.7 if outer == "suit" else 0.25),
        neckline=str(rng.choice(NECKLINES)),
        depth=float(rng.uniform(0.25, 1.1)),
        collar=collar,
        sleeve=float(rng.choice([0.0, 0.25, 0.45, 1.0, 1.0, 1.0])),
        trim=draw_colour(rng) if rng.random() < 0.25 else None,
        outer=outer,
        outer_cloth=_mostly_plain(rng, 0.6),
        opening=float(rng.uniform(0.1, 0.9)),
        tie=str(rng.choice(["long", "long", "bow", "none", "none"])) if formal else "none",
        tie_cloth=draw_cloth(rng),
        print=str(rng.choice(PRINTS)),
        print_colour=draw_colour(rng),
        print_seed=int(rng.integers(2**31)),
        extra=str(rng.choice(EXTRAS)),
        extra_colour=draw_colour(rng),
    )


def draw_family(rng: np.random.Generator, size: int) -> list[Outfit]:
    """`size` outfits for which the first is the model and each other differs from it in one visible attribute.

    The wearers have the same skin, hair and build: only the clothes tell them apart.
    """
    base = draw_outfit(rng)
    family = [base]
    while len(family) < size:
        other = _change_one(base, rng)
        if other not in family:
            family.append(other)
    return family


def _mostly_plain(rng: np.random.Generator, share: float) -> Cloth:
    cloth = draw_cloth(rng)
    return replace(cloth, pattern="plain") if rng.random() < share else cloth


def _change_one(base: Outfit, rng: np.random.Generator) -> Outfit:
    """`base` with one attribute redrawn, chosen among those that can be seen on it."""
    visible = ["inner", "inner", "neckline", "print"]
    if base.outer != "none":
        visible = ["outer_cloth", "outer_cloth", "inner", "opening"]
    if base.tie != "none":
        visible += ["tie_cloth"]
    name = str(rng.choice(visible))
    fresh = draw_outfit(rng)
    if name == "neckline":
        return replace(base, neckline=fresh.neckline, depth=fresh.depth, collar=fresh.collar)
    if name == "print":
        return replace(base, print=fresh.print, print_colour=fresh.print_colour, print_seed=fresh.print_seed)
    if name == "opening":
        return replace(base, opening=fresh.opening, outer=fresh.outer)
    return replace(base, **{name: _change_cloth(getattr(base, name), rng)})


def _change_cloth(cloth: Cloth, rng: np.random.Generator) -> Cloth:
    """Another shade, another second colour, another pattern size, or another cloth altogether."""
    first, second, third = cloth.colours
    choice = rng.integers(5)
    if choice == 0:
        return replace(cloth, colours=(near_colour(first, rng), second, third))
    if choice == 1 and cloth.pattern != "plain":
        return replace(cloth, colours=(first, draw_colour(rng), third))
    if choice == 2 and cloth.pattern != "plain":
        return replace(cloth, scale=cloth.scale * float(rng.choice([0.5, 2.0])), seed=int(rng.integers(2**31)))
    fresh = draw_cloth(rng)
    if choice == 3:
        return replace(fresh, colours=(first, fresh.colours[1], fresh.colours[2]))
    return fresh
