"""exiftool, where it is installed: what writes metadata into photos. https://exiftool.org"""

import secrets
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from facepipe.errors import InputError, StoreError, UsageError
from facepipe.files.names import printable

_DONE = b"1 image files updated"


class Exiftool:
    """One process for many photos: `with Exiftool() as tool: tool.write(photo, packet)`. UsageError: see `path`."""

    @staticmethod
    def path() -> str:
        """Where it is. UsageError: it is not installed."""
        found = shutil.which("exiftool")
        if found is None:
            raise UsageError("exiftool is not installed, which writes into photos: see https://exiftool.org")
        return found

    def __enter__(self) -> "Exiftool":
        command = [self.path(), "-stay_open", "True", "-@", "-"]
        self._folder = TemporaryDirectory(prefix="facepipe-")
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(b"-stay_open\nFalse\n")
        self._folder.cleanup()

    def packet(self, photo: Path) -> bytes:
        """What it finds of XMP in a photo, in one piece; b"" where there is none. StoreError: it ended."""
        _check(photo)
        return b"".join(self._ask("-charset", "filename=utf8", "-q", "-q", "-b", "-XMP", str(photo.absolute())))

    def write(self, photo: Path, packet: bytes) -> None:
        """Put an XMP packet into a photo in place of the one that is there, and keep the file as it was as
        <name>_original, unless there is one from earlier. InputError: exiftool does not, and why. StoreError: it ended.
        """
        _check(photo)
        file = Path(self._folder.name, "packet.xmp")
        file.write_bytes(packet)
        written = f"-XMP<={file}".replace("%", "%%")  # which would stand for parts of the photo's name
        answer = self._ask("-charset", "filename=utf8", written, str(photo.absolute()))
        if not any(line.strip() == _DONE for line in answer):
            why = next((line for line in answer if line.startswith(b"Error")), b"Error: it does not say why")
            reason = why.decode("utf-8", "replace").removeprefix("Error: ").rpartition(" - ")[0] or why.decode()
            raise InputError(f"{printable(photo)}: exiftool cannot write it ({printable(reason)}); it is left alone")

    def _ask(self, *arguments: str) -> list[bytes]:
        """The lines that exiftool says to one command."""
        number = secrets.randbelow(10**9)  # no photo knows what ends an answer
        asked = "".join(f"{argument}\n" for argument in (*arguments, f"-execute{number}"))
        answer: list[bytes] = []
        try:
            self._process.stdin.write(asked.encode())
            self._process.stdin.flush()
        except OSError as error:
            raise StoreError(f"exiftool has ended ({error.strerror}): run the same command again") from error
        for line in self._process.stdout:
            said, ready, _ = line.partition(b"{ready%d}" % number)
            answer.append(said)
            if ready:
                return answer
        raise StoreError("exiftool has ended: run the same command again")


def _check(photo: Path) -> None:
    """InputError: exiftool cannot be told of it."""
    if "\n" in str(photo):
        raise InputError(f"{printable(photo)} has a name of several lines: it is left alone")
