"""Requests as values, replies as JSON, and errors in one shape."""

import json
import sys
import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import bottle

from facepipe.errors import FacepipeError, UsageError, in_words
from facepipe.page.answers import Gone, Taken
from facepipe.page.session import Busy

LARGEST = 16 << 20  # bytes of an answer: the ids of 200,000 faces
_KINDS = {Busy: ("busy", 503), Taken: ("taken", 409), Gone: ("gone", 409), UsageError: ("wrong", 400)}


def as_json(respond: Callable[..., Any]) -> Callable[..., Any]:
    """Answers as JSON, and errors in one shape: {"kind": ..., "error": a line for people}."""

    @wraps(respond)
    def answer(*arguments: Any, **named: Any) -> Any:
        try:
            found = respond(*arguments, **named)
        except bottle.HTTPError as error:
            bottle.response.status = error.status_code
            found = {"kind": "gone", "error": "there is no such thing here"}
        except FacepipeError as error:
            kind, status = next((_KINDS[kind] for kind in type(error).__mro__ if kind in _KINDS), ("failed", 500))
            bottle.response.status = status
            found = {"kind": kind, "error": str(error), **({"name": error.name} if isinstance(error, Taken) else {})}
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            bottle.response.status = 500
            found = {"kind": "failed", "error": in_words(error)}
        if isinstance(found, dict):
            bottle.response.content_type = "application/json"
            return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
        return found

    return answer


def no_such_thing(error: bottle.HTTPError) -> bytes:
    """The reply where no route fits."""

    @as_json
    def reply() -> NoReturn:
        raise error

    return reply()


def sent_values() -> dict[str, Any]:
    """What the page sent. UsageError: it is no JSON object."""
    try:
        found = json.loads(bottle.request.environ["wsgi.input"].read(LARGEST))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError("that is no answer")
    return found


def number_in_query(name: str) -> int:
    """A number in the query, -1 where there is none."""
    text = bottle.request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1


def as_file(data: bytes, kind: str) -> bytes:
    """A reply that is no JSON, with its media type."""
    bottle.response.content_type = kind
    return data
