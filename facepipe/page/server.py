"""The server of the page: what it answers to which address, on this machine only."""

import json
import logging
import os
import secrets
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

import bottle
import jinja2
import waitress
from waitress import wasyncore

from facepipe.errors import FacepipeError, UsageError
from facepipe.page import after, pictures, shown
from facepipe.page.answers import Gone, Taken, decisions_of
from facepipe.page.asker import Asker
from facepipe.page.guard import Guard
from facepipe.page.keeper import Keeper
from facepipe.page.session import Busy, Session
from facepipe.web import BASE_CSS

_HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_LARGEST = 16 << 20  # bytes of an answer: the ids of 200,000 faces
_IN_MEMORY = 64 << 20  # bytes of a request or reply, beyond which it would be put into a file in the temporary folder
_LOOK_S = 1.0  # after which it is looked whether it is to end
_KINDS = {Busy: ("busy", 503), Taken: ("taken", 409), Gone: ("gone", 409), UsageError: ("wrong", 400)}


class Server:
    """A server that listens, and serves once `run` is called. address: with the token, for one person's browser."""

    def __init__(self, session: Session, port: int = 0) -> None:
        """UsageError: something else listens on that port."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name != "nt":  # there it would let two servers have one port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            listener.close()
            raise UsageError(f"--port {port}: {getattr(error, 'strerror', None) or error}") from error
        self.session = session
        self.port = listener.getsockname()[1]
        self.token = secrets.token_urlsafe(24)
        self.address = f"http://127.0.0.1:{self.port}/?token={self.token}"
        self._keeper, self._asker = Keeper(session), Asker(session)
        pages = jinja2.Environment(loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True)
        application = _application(session, self._keeper, self._asker, pages)

        def refused(why: str) -> bytes:
            return pages.get_template("refused.html").render(why=why).encode()

        guard = Guard(application, self.token, self.port, refused)
        logging.getLogger("waitress").setLevel(logging.ERROR)  # that a request waits a moment is no news
        self._ending, self._connections = False, {}
        self._server = waitress.create_server(
            guard,
            self._connections,
            sockets=[listener],
            threads=6,
            ident=None,
            max_request_body_size=_LARGEST,
            inbuf_overflow=_IN_MEMORY,
            outbuf_overflow=_IN_MEMORY,
        )

    def run(self) -> None:
        """Serve until KeyboardInterrupt, which ends it quietly, or `stop`."""
        try:
            with self._asker, self._keeper, suppress(KeyboardInterrupt):
                while not self._ending:
                    wasyncore.loop(timeout=_LOOK_S, map=self._connections, count=1)
        finally:
            self._server.task_dispatcher.shutdown()
            wasyncore.close_all(self._connections)

    def stop(self) -> None:
        """End `run`, which is in another thread, soon."""
        self._ending = True
        self._server.pull_trigger()


def _application(session: Session, keeper: Keeper, asker: Asker, pages: jinja2.Environment) -> bottle.Bottle:
    app = bottle.Bottle()
    app.install(_as_json)
    app.default_error_handler = lambda error: _as_json(lambda: _raise(error))()
    static = {path.name: path.read_bytes() for path in (_HERE / "static").iterdir() if path.suffix in _TYPES}
    static[BASE_CSS.name] = BASE_CSS.read_bytes()

    @app.get("/")
    def page() -> str:
        with session.reading():
            first = shown.overview(session, asker)
        modules = sorted(name for name in static if name.endswith(".js"))
        bottle.response.content_type = "text/html; charset=utf-8"
        return pages.get_template("page.html").render(title=session.out.name, first=first, modules=modules)

    @app.get("/static/<name>")
    def asset(name: str) -> bytes:
        if name not in static:
            raise bottle.HTTPError(404)
        return _sent(static[name], f"{_TYPES[Path(name).suffix]}; charset=utf-8")

    @app.get("/face/<face>.jpg")
    def face_picture(face: str) -> bytes:
        with session.reading():
            row = _row(session, face)
            folder, table = session.folder, session.labels.table
            names = session.written.get(face, ""), session.labels.names[row]
        return _sent(pictures.face_jpeg(folder, table, row, names), "image/jpeg")

    @app.get("/frame/<face>.jpg")
    def frame_picture(face: str) -> bytes:
        with session.reading():
            folder, frame_id = session.folder, session.labels.table.frame_id[_row(session, face)]
        return _sent(pictures.frame_jpeg(folder, frame_id), "image/jpeg")

    @app.get("/moving/<face>.mp4")
    def moving(face: str) -> bytes:
        with session.reading():
            folder, table, row = session.folder, session.labels.table, _row(session, face)
        return _sent(pictures.moving(folder, table, row), "video/mp4")

    @app.get("/api/people")
    def people() -> dict:
        _refresh(session)
        with session.reading():
            known = _number("since") == session.version
            return shown.state(session, asker) if known else shown.overview(session, asker)

    @app.get("/api/person")
    def person() -> dict:
        with session.reading():
            name = bottle.request.query.getunicode("name", "")
            if name and name not in session.labels.rows:
                raise Gone(f"{name} is not among the people any more")
            return shown.person(session, name)

    @app.get("/api/face/<face>")
    def face(face: str) -> dict:
        with session.reading():
            return shown.face(session, _row(session, face))

    @app.post("/api/say")
    def say() -> dict:
        answer = _body()
        said = session.say(lambda now: decisions_of(now.labels, answer))
        keeper.touched()
        with session.reading():
            return shown.changes(session, asker, said.changed, said.words)

    @app.get("/api/questions")
    def questions() -> dict:
        asker.look()
        with session.reading():
            return shown.questions(session, asker, _number("known"))

    @app.post("/api/answer")
    def answer() -> dict:
        reply = _body()
        said = asker.answer(str(reply.get("question")), reply)
        keeper.touched()
        with session.reading():
            return shown.changes(session, asker, said.changed, said.words)

    @app.post("/api/skip")
    def skip() -> dict:
        asker.skip(str(_body().get("question")))
        return state()

    @app.post("/api/undo")
    def undo() -> dict:
        said = session.undo()
        keeper.touched()
        asker.look()
        with session.reading():
            return shown.changes(session, asker, said.changed, f"taken back: {said.words}")

    @app.post("/api/update")
    def update() -> dict:
        keeper.update_now()
        return state()

    @app.get("/api/state")
    def state() -> dict:
        with session.reading():
            return shown.state(session, asker)

    @app.get("/api/done")
    def done() -> dict:
        with session.reading():
            return {"history": shown.history(session), **after.choices(session)}

    @app.post("/api/export")
    def export() -> dict:
        return {"lines": after.export(session, _body())}

    @app.get("/api/anew")
    def proposed() -> dict:
        return after.proposed(session)

    @app.post("/api/anew")
    def anew() -> dict:
        session.make_anew()
        with session.reading():
            return shown.overview(session, asker)

    return app


def _number(name: str) -> int:
    """A number in the query, -1 where there is none."""
    text = bottle.request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else -1


def _raise(error: Exception) -> None:
    raise error


def _row(session: Session, face: str) -> int:
    row = session.labels.row_of.get(face)
    if row is None:
        raise bottle.HTTPError(404)
    return row


def _refresh(session: Session) -> None:
    """Take over what others have changed; where one of them is still at work, it waits until the next time."""
    try:
        session.refresh()
    except Busy:
        return


def _body() -> dict[str, Any]:
    try:
        found = json.loads(bottle.request.environ["wsgi.input"].read(_LARGEST))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise UsageError("that is no answer")
    return found


def _sent(data: bytes, kind: str) -> bytes:
    bottle.response.content_type = kind
    return data


def _as_json(respond: Callable[..., Any]) -> Callable[..., Any]:
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
            found = {"kind": "failed", "error": f"unexpected {type(error).__name__}: {error}"}
        if isinstance(found, dict):
            bottle.response.content_type = "application/json"
            return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
        return found

    return answer
