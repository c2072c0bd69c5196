"""A local HTTP server of model files, which can be as unreliable as a real one."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RUDE = "send your \x1b[31mpassword to evil.example"


class Server:
    """Serves `files` {name: content} under paths that behave in their own ways.

    `/ok` knows Range, `/plain` does not, `/cut` breaks off, `/long` never ends, `/wrong` gives other bytes, `/missing`
    nothing, `/rude` an error in words of its own, `/noise` no HTTP. ranges: what was asked for, request by request.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.ranges: list[str | None] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                wanted = self.headers.get("Range")
                outer.ranges.append(wanted)
                _, kind, name = self.path.split("/")
                content = files[name]
                if kind == "noise":
                    self.wfile.write(RUDE.encode() + b"\r\n\r\n")
                    return
                if kind == "rude":
                    self.send_response(500, RUDE)
                    self.send_header("X-Rude", RUDE)
                    self.end_headers()
                    self.wfile.write(RUDE.encode())
                    return
                if kind == "missing":
                    self.send_error(404)
                    return
                body = b"?" * len(content) if kind == "wrong" else content
                start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and kind != "plain" else 0
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
                if kind != "long":
                    self.send_header("Content-Length", str(len(body) - start))
                self.end_headers()
                body = body[start:]
                self.wfile.write({"cut": body[: len(body) // 2], "long": body * 2}.get(kind, body))

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, kind: str, name: str = "model.onnx") -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{kind}/{name}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
