"""An XMP packet as a tree that knows where in the bytes each element stands, so that the rest can stay as it is.

XMP comes from anybody: a document type, and with it every entity, is refused; so is what is too large or too deep.
ISO 16684-1 for what a packet is. RDF may write one thing in several ways: `fields` and `items` read all of them.
"""

import re
from dataclasses import dataclass, field
from itertools import product
from xml.parsers import expat

from facepipe.errors import InputError

MAX_BYTES = 8 << 20
_MAX_DEPTH, _MAX_ELEMENTS = 64, 200_000
_UTF16 = (b"\xff\xfe", b"\xfe\xff")  # how such a text begins
_TAG = re.compile(rb"<[^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*>")
_WIDE, _WIDE_BEGIN = ("utf-16-le", "utf-16-be"), ("<?xpacket begin='\ufeff", '<?xpacket begin="\ufeff')
_BEGIN, _END = re.compile(rb"<\?xpacket|<x:x[am]pmeta|<rdf:RDF"), b">"

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP_META = "adobe:ns:meta/"
_LISTS = ("Bag", "Seq", "Alt")


@dataclass(slots=True, eq=False)
class Element:
    """name: namespace, a blank, local name. attributes: by names written likewise. declared: the namespaces that it
    declares, by their prefixes. start, end: of its bytes; inner, inner_end: of what is inside it. empty: <a/>."""

    name: str
    attributes: dict[str, str]
    declared: dict[str, str]
    parent: "Element | None"
    start: int
    inner: int
    inner_end: int = 0
    end: int = 0
    empty: bool = False
    children: list["Element"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What stands before its first child."""
        return "".join(self.pieces)

    def namespace(self, prefix: str) -> str | None:
        """What a prefix stands for here."""
        here: Element | None = self
        while here is not None:
            if prefix in here.declared:
                return here.declared[prefix]
            here = here.parent
        return None

    def child(self, *names: str) -> "Element | None":
        """The first child that is called one of these."""
        return next((child for child in self.children if child.name in names), None)


def named(namespace: str, local: str) -> str:
    """A name as elements and attributes have it."""
    return f"{namespace} {local}"


@dataclass(frozen=True, slots=True)
class Packet:
    """data: its bytes, UTF-8. rdf: the element that holds everything."""

    data: bytes
    root: Element
    rdf: Element

    @property
    def descriptions(self) -> list[Element]:
        return [child for child in self.rdf.children if child.name == named(RDF, "Description")]

    def property(self, name: str) -> Element | None:
        """The element of a property that is a list or a structure."""
        return next((found for one in self.descriptions if (found := one.child(name)) is not None), None)

    def says_nothing(self) -> bool:
        """Whether it has no property at all."""
        about = {named(RDF, "about")}
        return not any(one.children or one.attributes.keys() - about for one in self.descriptions)


def fields(element: Element) -> dict[str, "Element | str"]:
    """The members of a structure, by name: texts, or elements where they are more than that."""
    inner = element.child(named(RDF, "Description")) or element
    found: dict[str, Element | str] = {**element.attributes, **inner.attributes}
    for child in inner.children:
        plain = not child.children and not child.attributes
        found[child.name] = child.text.strip() if plain else child
    return found


def list_in(element: Element) -> Element | None:
    """The list that a property holds."""
    return element.child(*(named(RDF, kind) for kind in _LISTS))


def items(element: Element) -> list[Element]:
    """The items of the list that a property holds."""
    found = list_in(element)
    return [child for child in found.children if child.name == named(RDF, "li")] if found is not None else []


def packet_in(block: bytes) -> bytes:
    """The packet in a photo's block of metadata as UTF-8, without what stands around it; b"" where there is none."""
    if match := _BEGIN.search(block):
        return block[match.start() : block.rfind(_END) + 1]
    for encoding, begin in product(_WIDE, _WIDE_BEGIN):
        if (start := block.find(begin.encode(encoding))) >= 0:
            return packet_in(block[start:].decode(encoding, "ignore").encode(errors="ignore"))
    return b""


def read_packet(data: bytes) -> Packet:
    """The tree of a packet, or of a sidecar. InputError, which names no file: it cannot be read."""
    if len(data) > MAX_BYTES:
        raise InputError(f"more than {MAX_BYTES >> 20} MB of XMP")
    if data[:2] in _UTF16:
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError as error:
            raise InputError("its text is damaged") from error
    reader = _Reader(data)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InputError(f"{expat.ErrorString(error.code)}, in line {error.lineno}") from error
    root = reader.root
    rdf = root if root is None or root.name == named(RDF, "RDF") else root.child(named(RDF, "RDF"))
    if root is None or rdf is None:
        raise InputError("it holds no XMP")
    return Packet(data, root, rdf)


class _Reader:
    """Builds the tree while expat reads."""

    def __init__(self, data: bytes) -> None:
        self._data, self._open, self._count = data, list[Element](), 0
        self._declared: dict[str, str] = {}
        self.root: Element | None = None
        self.parser = parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartNamespaceDeclHandler = self._declare
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_) -> None:
        raise InputError("it declares a document type, which XMP has no use for")

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self._declared[prefix or ""] = uri or ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MAX_ELEMENTS or len(self._open) >= _MAX_DEPTH:
            raise InputError("it is nested too deeply, or has too many elements")
        start = self.parser.CurrentByteIndex
        match = _TAG.match(self._data, start)
        if match is None:
            raise InputError("a tag has no end")
        parent = self._open[-1] if self._open else None
        element = Element(name, attributes, self._declared, parent, start, match.end())
        element.empty = match[0].endswith(b"/>")
        self._declared = {}
        if parent is None:
            self.root = element
        else:
            parent.children.append(element)
        self._open.append(element)

    def _end(self, _: str) -> None:
        element = self._open.pop()
        if element.empty:
            element.inner_end = element.end = element.inner
        else:
            element.inner_end = self.parser.CurrentByteIndex
            element.end = self._data.index(b">", element.inner_end) + 1

    def _text(self, text: str) -> None:
        if not self._open[-1].children:
            self._open[-1].pieces.append(text)
