"""The server of the page, on this machine only."""

import logging
import os
import secrets
import socket
from contextlib import suppress
from pathlib import Path

import bottle
import jinja2
import waitress
from waitress import wasyncore

from facepipe.errors import UsageError
from facepipe.page import shown
from facepipe.page.asker import Asker
from facepipe.page.exchange import LARGEST, as_file, as_json, no_such_thing
from facepipe.page.guard import Guard
from facepipe.page.keeper import Keeper
from facepipe.page.routes import add_answers, add_people, add_pictures, add_rest
from facepipe.page.session import Session
from facepipe.web import BASE_CSS

_HERE = Path(__file__).parent
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_IN_MEMORY = 64 << 20  # bytes of a request or reply, beyond which it would be put into a file in the temporary folder
_LOOK_S = 1.0  # after which it is looked whether it is to end


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
            max_request_body_size=LARGEST,
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
    app.install(as_json)
    app.default_error_handler = no_such_thing
    static = {path.name: path.read_bytes() for path in (_HERE / "static").iterdir() if path.suffix in _TYPES}
    static[BASE_CSS.name] = BASE_CSS.read_bytes()

    @app.get("/")
    def page() -> str:
        with session.reading():
            first = shown.overview(session, asker)
        modules = sorted(name for name in static if name.endswith(".js"))
        bottle.response.content_type = "text/html; charset=utf-8"
        return pages.get_template("page.html").render(title=first["run"], first=first, modules=modules)

    @app.get("/static/<name>")
    def asset(name: str) -> bytes:
        if name not in static:
            raise bottle.HTTPError(404)
        return as_file(static[name], f"{_TYPES[Path(name).suffix]}; charset=utf-8")

    add_pictures(app, session)
    add_people(app, session, asker)
    add_answers(app, session, asker, keeper)
    add_rest(app, session, asker, keeper)
    return app
