"""How processes find each other: Dask as it is used here, without pages, profiles and log lines, on one interface."""

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import dask
import distributed
from distributed.comm import get_address_host
from distributed.system import MEMORY_LIMIT
from distributed.utils import get_ip

from facepipe.callbacks import Warn
from facepipe.errors import ClusterError, UsageError
from facepipe.version import __version__
from facepipe.words import counted

LOOPBACK = "127.0.0.1"
_SECONDS = 10  # until a scheduler counts as out of reach
_CONFIG = {
    "distributed.comm.timeouts.connect": f"{_SECONDS}s",
    # Dask would have workers give back all freed memory at once, which costs a tenth of decoding and finding faces.
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
    "distributed.scheduler.allowed-failures": 0,  # a task that costs a worker comes back: `Schedule` says what then
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.memory.pause": False,  # a worker that is short of memory is replaced, not stopped
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.profile.enabled": False,
}


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates with which processes prove to each other who they are; PEM files. None of them: no TLS."""

    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        files = (self.ca, self.cert, self.key)
        if any(files) and not all(files):
            raise UsageError("--tls-ca, --tls-cert and --tls-key go together")
        for path in filter(None, files):
            if not path.is_file():
                raise UsageError(f"no such file: {path}")

    def security(self) -> distributed.Security:
        if self.ca is None:
            return distributed.Security()
        roles = {
            f"tls_{role}_{what}": str(path)
            for role in ("client", "scheduler", "worker")
            for what, path in (("cert", self.cert), ("key", self.key))
        }
        return distributed.Security(require_encryption=True, tls_ca_file=str(self.ca), **roles)


class _Quiet(distributed.WorkerPlugin):
    """A worker process that says nothing, and that a terminal's Ctrl-C does not reach: it ends when it is told to."""

    name = "facepipe"

    def setup(self, worker: distributed.Worker) -> None:
        _silence()
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _silence() -> None:
    for name in ("distributed", "distributed.client", "distributed.core"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


@contextmanager
def quiet() -> Iterator[None]:
    """Dask as it is used here, while the block runs."""
    _silence()
    with (
        TemporaryDirectory(prefix="facepipe-") as scratch,
        dask.config.set({**_CONFIG, "temporary-directory": scratch}),
    ):
        yield


def _no_pages(host: str) -> dict[str, Any]:
    """What a scheduler is told so that its web server, without which it cannot be, has no page and takes any port."""
    return {"dashboard": False, "dashboard_address": f"{host}:0"}


@contextmanager
def workers_here(count: int) -> Iterator[distributed.Client]:
    """Worker processes of this machine's own, on its loopback interface, while the block runs."""
    with quiet(), ExitStack() as opened:
        with _uninterrupted():
            cluster = distributed.LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                host=LOOPBACK,
                dashboard_address=None,
                scheduler_kwargs=_no_pages(LOOPBACK),
                silence_logs=logging.CRITICAL,
                plugins=[_Quiet()],
            )
            opened.enter_context(cluster)
            client = opened.enter_context(distributed.Client(cluster, set_as_default=False))
        yield client


def keep_up(client: distributed.Client) -> None:
    """Begin other workers of `workers_here` where Dask has given up on some: so it does on one that takes long to begin
    after another has died, as on a machine that is busy or was asleep."""
    client.cluster.scale(len(client.cluster.worker_spec))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl-C waits until processes have begun, which could not be ended in good order before; they never get it."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # else a first process begins it, and that lets Ctrl-C through again
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # new processes have it too
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


@contextmanager
def workers_of(address: str, tls: Tls) -> Iterator[distributed.Client]:
    """The workers of a scheduler. ClusterError: it does not answer."""
    with quiet():
        try:
            client = distributed.Client(address, security=tls.security(), set_as_default=False, timeout=_SECONDS)
        except (OSError, ValueError, asyncio.TimeoutError) as error:
            raise _OutOfReach(address, error) from error
        with client:
            yield client


def check_address(address: str, tls: Tls) -> None:
    """UsageError: it is none that a scheduler can have, or does not go with the certificates."""
    scheme = "tcp" if tls.ca is None else "tls"
    try:
        parts = urlsplit(address)
        fits = parts.hostname and parts.port and parts.scheme in ("tcp", "tls")
    except ValueError:
        fits = False
    if not fits:
        raise UsageError(f"{address} is no scheduler's address: must be like {scheme}://10.0.0.1:8786")
    if parts.scheme != scheme:
        raise UsageError(f"{address}: --tls-ca, --tls-cert and --tls-key go with an address that begins with tls://")


class _OutOfReach(ClusterError):
    """No scheduler answers at an address."""

    def __init__(self, address: str, error: Exception) -> None:
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        super().__init__(f"no scheduler answers at {address} ({why}): start one with facepipe scheduler")


def serve_scheduler(host: str, port: int, tls: Tls, say: Warn) -> None:
    """Be a scheduler until Ctrl-C. `say` is told its address. ClusterError: it cannot listen there."""

    async def serve() -> None:
        try:
            listening = {"host": host, "port": port, **_no_pages(host)}
            async with distributed.Scheduler(**listening, security=tls.security()) as scheduler:
                say(scheduler.address)
                await scheduler.finished()
        except (OSError, RuntimeError) as error:  # Dask's is caused by the system's
            raise ClusterError(f"cannot listen at {host}:{port}: {error.__cause__ or error}") from error

    _until_interrupted(serve)


def serve_workers(address: str, count: int, tls: Tls, environment: Mapping[str, str], say: Warn) -> None:
    """Be so many workers of a scheduler until Ctrl-C, or its end; a process that dies is replaced by another.

    environment: of the processes. ClusterError: the scheduler does not answer, or has another facepipe.
    """
    check_address(address, tls)
    with workers_of(address, tls) as client:
        theirs = client.get_versions(packages=["facepipe"])["scheduler"]["packages"].get("facepipe")
    if theirs not in (None, __version__):
        raise ClusterError(f"the scheduler at {address} has facepipe {theirs}, this is {__version__}: install the same")

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            beginning = asyncio.Lock()

            async def begin() -> distributed.Nanny:
                async with beginning:
                    return await _begun(_nanny(address, count, tls, environment), stack)

            async def keep(nanny: distributed.Nanny) -> None:
                """Dask gives up on a worker that lost the scheduler for a moment, or takes long to begin again."""
                with suppress(_OutOfReach):  # the scheduler has ended
                    while True:
                        await nanny.finished()
                        nanny = await begin()

            nannies = [await begin() for _ in range(count)]
            say(f"{counted(count, 'worker')} of {address}")
            await asyncio.gather(*map(keep, nannies))

    _until_interrupted(serve)


def _nanny(address: str, count: int, tls: Tls, environment: Mapping[str, str]) -> distributed.Nanny:
    """What keeps one of `count` worker processes going, listening where the scheduler can reach it and nowhere else."""
    return distributed.Nanny(
        address,
        nthreads=1,
        memory_limit=MEMORY_LIMIT // count,
        host=get_ip(get_address_host(address)),
        security=tls.security(),
        env=dict(environment),
        dashboard=False,
        silence_logs=logging.CRITICAL,
        plugins=[_Quiet()],
    )


async def _begun(nanny: distributed.Nanny, stack: AsyncExitStack) -> distributed.Nanny:
    """The same, with a worker process, until the stack ends. ClusterError: it has none."""
    try:
        with _uninterrupted():
            return await stack.enter_async_context(nanny)
    except RuntimeError as error:  # Dask's, of whatever went wrong
        if isinstance(error.__cause__, OSError | asyncio.TimeoutError):
            raise _OutOfReach(nanny.scheduler_addr, error.__cause__) from error
        raise ClusterError(f"no worker process can begin: {error.__cause__ or error}") from error


def _until_interrupted(serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with quiet(), suppress(KeyboardInterrupt):
        asyncio.run(serve())
