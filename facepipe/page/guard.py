"""Who may talk to the page: a browser on this machine that was given its secret address, and no other site in it.

A web site that somebody visits meanwhile can send requests to this machine, and can have a name of its own lead here.
Neither knows the secret, and both give themselves away by Host, Origin or Sec-Fetch-Site, which scripts cannot forge.
"""

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",  # a browser keeps files where nobody who is forgotten is looked for
}
_SAFE = ("GET", "HEAD")
_HTTP = 80  # which browsers leave out
Environ = Mapping[str, Any]


class Guard:
    """WSGI middleware before `application`: lets in who has the token, which the address brings and a cookie keeps.

    port: where the server listens. refused: makes the page that others get, with status 403.
    """

    def __init__(self, application: Callable, token: str, port: int, refused: Callable[[str], bytes]) -> None:
        self._application, self._token, self._refused = application, token, refused
        ports = (f":{port}", "") if port == _HTTP else (f":{port}",)
        self._hosts = {name + port for name in ("127.0.0.1", "localhost") for port in ports}
        self._origins = {f"http://{host}" for host in self._hosts}
        self._cookie = f"facepipe-{port}"  # browsers keep one for all ports of a host

    def __call__(self, environ: Environ, start_response: Callable) -> Iterable[bytes]:
        came_with_address = environ["PATH_INFO"] == "/" and self._is_token(_query(environ, "token"))
        why = self._why_not(environ, came_with_address)
        cookie = [("Set-Cookie", f"{self._cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/")]

        def start(status: str, headers: list[tuple[str, str]], error: Any = None) -> Callable:
            given = {name.lower() for name, _ in headers}
            more = [(name, value) for name, value in HEADERS.items() if name.lower() not in given]
            return start_response(status, [*headers, *more, *(cookie if came_with_address else [])], error)

        if why:
            came_with_address = False
            page = self._refused(why)
            start("403 Forbidden", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(page)))])
            return [page]
        return self._application(environ, start)

    def _why_not(self, environ: Environ, came_with_address: bool) -> str:
        """Why a request is refused, "" where it is not."""
        if environ.get("HTTP_HOST") not in self._hosts:
            return "it came under a name that is not this machine's"
        origin = environ.get("HTTP_ORIGIN")
        if (origin is not None or environ["REQUEST_METHOD"] not in _SAFE) and origin not in self._origins:
            return "it came from another site"
        site = environ.get("HTTP_SEC_FETCH_SITE", "none")
        if site not in ("same-origin", "none") and not came_with_address:
            return "it came from another site"
        if not (came_with_address or any(map(self._is_token, _cookies(environ, self._cookie)))):
            return "the address is not complete"
        return ""

    def _is_token(self, text: str) -> bool:
        return hmac.compare_digest(text.encode("utf-8", "surrogatepass"), self._token.encode())


def _query(environ: Environ, name: str) -> str:
    return parse_qs(environ.get("QUERY_STRING", "")).get(name, [""])[-1]


def _cookies(environ: Environ, name: str) -> Iterator[str]:
    """The values of our cookies. Beside them stand those of all that listens on this machine, which may be anything:
    http.cookies gives up at the first that is not as it should be."""
    for part in environ.get("HTTP_COOKIE", "").split(";"):
        found, _, value = part.strip().partition("=")
        if found == name:
            yield value
