"""What to do about a question with a file manager, in words: for who has no page to answer it on."""

from typing import Any

from facepipe.files.names import UNKNOWN_FOLDER, person_folder
from facepipe.questions.question import Question, Tile
from facepipe.runs.layout import PEOPLE, crop_name

_MOST = 4  # pictures or people that a line names


def asked(question: Question) -> str:
    """The question in a line."""
    person = question.people[0] if question.people else ""
    these = "is this picture" if len(question.tiles) == 1 else f"which of these {len(question.tiles)} pictures are"
    return {
        "merge": f"are {' and '.join(question.people)} one person?",
        "also": f"{these} {person} too?",
        "odd": f"is this picture {person}?" if len(question.tiles) == 1 else f"{these} not {person}?",
        "unknown": f"{these} {person}?",
        "collage": f"is {' or '.join(question.people)} twice in one picture?",
        "name": f"who is {person}?",
        "strangers": f"do {_listed([*question.people])} matter?",
    }[question.kind]


def to_do(question: Question) -> str:
    """What to do in people/ where the answer changes something."""
    where = [_folder(name) for name in question.people]
    return {
        "merge": f"if so, move all pictures of {where[-1]} into {where[0]}",
        "also": f"look at {_pictures(question)}; move all pictures of those who are into {where[0]}",
        "odd": f"look at {_pictures(question)}; move those of somebody else into their folder, or delete them",
        "unknown": f"look at {_pictures(question)}; move those that are into {where[0]}",
        "collage": f"if so, move {picture(question.tiles[-1])} into {where[0]}; {_else(question)}",
        "name": f"rename {where[0]} to the name",
        "strangers": "delete the folders of those who do not",
    }[question.kind]


def _else(question: Question) -> str:
    """What to do where two faces of a picture are two people: nothing, unless they are called one."""
    return "else delete it there" if question.tiles[0].person == question.tiles[-1].person else "else leave it"


def picture(tile: Tile) -> str:
    """Where the tile's picture lies in the folder of the run."""
    return f"{PEOPLE}/{crop_name(tile.person, tile.face)}"


def as_dict(question: Question) -> dict[str, Any]:
    """The question for programs: names that stay."""
    return {
        "kind": question.kind,
        "people": [*question.people],
        "question": asked(question),
        "to_do": to_do(question),
        "why": question.why,
        "probability": round(question.probability, 4),
        "gain": round(question.gain, 3),
        "effort": round(question.effort, 1),
        "tiles": [
            {
                "face": tile.face,
                "picture": picture(tile),
                "faces": [*tile.faces],
                "person": tile.person,
                "nearest": [*tile.nearest],
                "probability": round(tile.probability, 4),
            }
            for tile in question.tiles
        ],
    }


def _folder(name: str) -> str:
    return f"{PEOPLE}/{person_folder(name) if name else UNKNOWN_FOLDER}"


def _pictures(question: Question) -> str:
    return _listed([f"{picture(tile)}{_likely(tile)}" for tile in question.tiles])


def _likely(tile: Tile) -> str:
    return f" ({tile.nearest[0]}?)" if tile.nearest and tile.person else ""


def _listed(names: list[str]) -> str:
    if len(names) <= _MOST:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST - 1])} and {len(names) - _MOST + 1} more"
