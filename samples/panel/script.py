"""What happens in the clip: the shots, who sits in them, how they move, how it is lit."""

from dataclasses import dataclass, field

import numpy as np

from .puppet import Pose

FPS = 25
SIZE_WH = (854, 480)
DAY, WARM, COOL, DIM = (1.0, 1.0, 1.0), (1.05, 0.97, 0.86), (0.93, 1.0, 1.07), (0.76, 0.72, 0.68)
Gain = tuple[float, float, float]


@dataclass(frozen=True)
class Actor:
    """Somebody in a shot: eyes at rest at (x, y) pixels, ``scale`` pixels a face unit."""

    person: str
    x: float
    y: float
    scale: float
    yaw: float = 0.0  # where they turn to, radians, > 0 to the right
    roll: float = 0.0
    speaks: tuple[float, float] = (0.0, 0.0)  # from, to seconds of the shot
    outfit: str = ""  # "" = the usual one


@dataclass(frozen=True)
class Shot:
    """One camera position from cut to cut."""

    seconds: float
    actors: tuple[Actor, ...]
    centre: tuple[float, float]  # of the set that the camera looks at
    zoom: float
    blur: float
    light: tuple[Gain, Gain] = (DAY, DAY)  # colour gains at its start and end
    desk_top: float = 432.0  # pixels; 0 = not in the picture
    mugs: tuple[float, ...] = ()
    title: tuple[str, str] = field(default=("", ""))


SHOTS = (
    Shot(
        5,
        (
            Actor("Tomas", 118, 154, 56, 0.10),
            Actor("Marta", 324, 146, 58, 0.0, 0.02, (0.6, 4.6)),
            Actor("Ruth", 530, 158, 56, -0.06),
            Actor("Idris", 738, 148, 56, -0.12),
        ),
        (1015, 440),
        0.62,
        2.2,
        mugs=(222, 430, 640),
        title=("Round Table", "An evening of conversation"),
    ),
    Shot(
        5,
        (Actor("Marta", 410, 182, 74, 0.05, -0.03, (0.4, 4.7)),),
        (1080, 400),
        0.95,
        5,
        desk_top=0,
        title=("Marta Lindqvist", "Host"),
    ),
    Shot(
        5,
        (Actor("Tomas", 262, 154, 60, 0.14, 0.03, (0.5, 3.0)), Actor("Ruth", 580, 162, 60, -0.14, -0.02, (3.2, 4.8))),
        (520, 400),
        0.80,
        4,
        mugs=(420, 720),
    ),
    Shot(
        5,
        (Actor("Idris", 276, 150, 60, 0.12, 0.0, (2.6, 4.8)), Actor("Amara", 590, 160, 60, -0.12, 0.05, (0.3, 2.4))),
        (1560, 430),
        0.80,
        4,
        mugs=(430,),
    ),
    Shot(
        5.5,
        (Actor("Henrik", 440, 180, 74, -0.08, 0.04, (0.5, 5.0)),),
        (480, 380),
        0.9,
        5,
        (DIM, WARM),
        0,
        title=("Henrik Dahl", "Historian"),
    ),
    Shot(
        5,
        (
            Actor("Amara", 158, 160, 58, 0.12, 0.02),
            Actor("Finn", 428, 148, 58, 0.0, -0.03, (0.4, 4.5)),
            Actor("Yuki", 698, 162, 58, -0.12, 0.03),
        ),
        (1180, 430),
        0.68,
        3,
        (COOL, COOL),
        mugs=(292, 566),
    ),
    Shot(
        5,
        (Actor("Yuki", 436, 184, 74, 0.06, -0.05, (0.4, 4.6)),),
        (1600, 390),
        0.95,
        5,
        (COOL, DAY),
        0,
        title=("Yuki Hanada", "Architect"),
    ),
    Shot(
        5,
        (Actor("Finn", 268, 150, 60, 0.13, 0.04, (2.4, 4.7)), Actor("Tomas", 586, 152, 60, -0.12, -0.04, (0.3, 2.2))),
        (760, 410),
        0.80,
        4,
        mugs=(424,),
    ),
    Shot(
        5.5,
        (
            Actor("Marta", 270, 160, 60, 0.12, 0.03, (0.4, 3.0), "evening"),
            Actor("Henrik", 590, 154, 60, -0.12, 0.0, (3.2, 5.2)),
        ),
        (930, 420),
        0.80,
        4,
        (WARM, WARM),
        mugs=(428, 730),
    ),
    Shot(
        5,
        (
            Actor("Ruth", 156, 160, 58, 0.12, -0.03, (0.5, 2.6)),
            Actor("Idris", 430, 146, 58, 0.0, 0.03),
            Actor("Amara", 702, 160, 58, -0.1, -0.04, (2.8, 4.7)),
        ),
        (420, 420),
        0.68,
        3,
        (WARM, WARM),
        mugs=(294, 568),
    ),
    Shot(
        5,
        (Actor("Yuki", 276, 164, 60, 0.12, 0.05, (2.5, 4.6)), Actor("Ruth", 592, 160, 60, -0.12, 0.0, (0.3, 2.3))),
        (1500, 420),
        0.80,
        4,
        (WARM, DIM),
        mugs=(430,),
    ),
    Shot(
        6,
        (
            Actor("Henrik", 112, 150, 56, 0.12, 0.02),
            Actor("Yuki", 322, 158, 56, 0.05, -0.03),
            Actor("Marta", 532, 152, 57, 0.0, 0.03, (0.4, 5.0), "evening"),
            Actor("Finn", 740, 148, 56, -0.12, -0.02),
        ),
        (1015, 440),
        0.62,
        2.2,
        (WARM, DAY),
        mugs=(216, 428, 636),
        title=("Round Table", "Good night"),
    ),
)


def timeline() -> list[tuple[int, int]]:
    """(shot, frame within the shot) of every frame of the clip."""
    return [(k, i) for k, shot in enumerate(SHOTS) for i in range(round(shot.seconds * FPS))]


def _speech(actor: Actor, t: float, phase: np.ndarray) -> float:
    begin, end = actor.speaks
    if not begin < t < end:
        return 0.0
    loud = min(1.0, (t - begin) / 0.2, (end - t) / 0.2)
    syllable = abs(np.sin(2 * np.pi * (1.7 * t + phase[0])))
    return float(loud * 0.72 * syllable * (0.55 + 0.45 * np.sin(2 * np.pi * (0.53 * t + phase[1]))))


def _blink(t: float, phase: np.ndarray) -> float:
    since = (t + 4 * phase[2]) % (3.4 + 1.6 * phase[3])
    return float(np.clip(1.6 - abs(since - 0.12) / 0.06, 0, 1)) if since < 0.4 else 0.0


def pose(shot_index: int, actor_index: int, frame: int) -> Pose:
    """How somebody sits at one frame of a shot; slow sways, nods that go with speech."""
    actor = SHOTS[shot_index].actors[actor_index]
    t, phase = frame / FPS, np.random.default_rng([shot_index, actor_index]).random(8)
    speech = _speech(actor, t, phase)
    talks = 1.0 if actor.speaks[0] < t < actor.speaks[1] else 0.5

    def wave(period: float, k: int) -> float:
        return float(np.sin(2 * np.pi * (t / period + phase[k])))

    sway = 0.10 * wave(4.7, 4) + 0.03 * wave(2.1, 5)
    return Pose(
        x=actor.x + actor.scale * (sway + 0.25 * actor.roll),
        y=actor.y + actor.scale * (0.03 * wave(3.1, 6) + 0.02 * talks * wave(0.9, 7)),
        scale=actor.scale,
        roll=actor.roll + 0.035 * wave(3.9, 5) + 0.015 * talks * wave(1.3, 6),
        yaw=actor.yaw + 0.07 * wave(4.3, 7) + 0.03 * talks * wave(1.7, 4),
        pitch=0.03 * wave(3.3, 4) + 0.035 * talks * wave(1.1, 5),
        opened=speech,
        closed=_blink(t, phase),
        body_x=actor.scale * 0.35 * sway,
        body_roll=0.012 * wave(4.7, 4),
    )
