"""A review, as a process of its own or in this one, and requests to it as a browser makes them."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commandline import ROOT, environment

from facepipe.console import Console
from facepipe.page.server import Server
from facepipe.page.session import Session


class Reviewed:
    """`facepipe review OUT`. address: with the token. said: what it printed to standard error, once it has ended."""

    def __init__(self, out: Path, *options: str) -> None:
        command = [sys.executable, "-m", "facepipe", "review", str(out), "--no-browser", *options]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.address = self.process.stdout.readline().strip()
        self.said = ""
        if not self.address:
            self.end(signal.SIGKILL)
            raise AssertionError(self.said)
        host, _, self.token = self.address.removeprefix("http://").partition("/?token=")
        self.port = int(host.partition(":")[2])

    def end(self, number: int = signal.SIGINT) -> int:
        """End it by a signal; its exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        _, self.said = self.process.communicate(timeout=120)
        return self.process.returncode

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and content, JSON where it is that. headers: by name with _ for -; "" leaves one out."""
        return ask(self.port, self.token, path, body, **headers)


@contextmanager
def reviewed(out: Path, *options: str) -> Iterator[Reviewed]:
    review = Reviewed(out, *options)
    try:
        yield review
    finally:
        if review.process.poll() is None:
            review.end(signal.SIGKILL)


class Served(Server):
    """A server of this process: where nobody ends or kills it, it is the same, and a process need not start."""

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """As that of `Reviewed`."""
        return ask(self.port, self.token, path, body, **headers)


@contextmanager
def served(out: Path) -> Iterator[Served]:
    server = Served(Session(out, Console(quiet=True)))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def ask(port: int, token: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """A request of the page's own scripts, unless headers say otherwise."""
    sent = {"Host": f"127.0.0.1:{port}", "Cookie": f"facepipe-{port}={token}", "Origin": f"http://127.0.0.1:{port}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        data = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, data, {k: v for k, v in sent.items() if v})
        answer = connection.getresponse()
        content = answer.read()
        is_json = answer.getheader("Content-Type") == "application/json"
        return answer.status, json.loads(content) if is_json else content
    finally:
        connection.close()
