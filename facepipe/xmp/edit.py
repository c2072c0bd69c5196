"""Changes of a packet's bytes: what goes and what comes, where; all else stays."""

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from facepipe.xmp.packet import RDF, Element, Packet, named
from facepipe.xmp.regions import AREA, DIMENSIONS, MWG

PREFIXES = {
    "rdf": RDF,
    "mwg-rs": MWG,
    "stArea": AREA,
    "stDim": DIMENSIONS,
    "dc": "http://purl.org/dc/elements/1.1/",
    "lr": "http://ns.adobe.com/lightroom/1.0/",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "facepipe": "urn:facepipe:xmp/1.0/",
}


def full(name: str) -> str:
    """ "dc:subject", as an element is called."""
    prefix, _, local = name.partition(":")
    return named(PREFIXES[prefix], local)


@dataclass(slots=True)
class Edit:
    """What is to be changed in a packet. fresh: properties that it does not have, with our prefixes."""

    packet: Packet
    fresh: list[str] = field(default_factory=list)
    _removed: set[int] = field(default_factory=set)  # places of elements
    _replaced: list[tuple[int, int, bytes]] = field(default_factory=list)
    _appended: dict[int, tuple[Element, list[str]]] = field(default_factory=dict)

    def remove(self, element: Element) -> None:
        """Take an element out, with the white space before it."""
        self._removed.add(element.start)
        self._replaced.append((self._after_space(element.start), element.end, b""))

    def replace(self, element: Element, text: str) -> None:
        """Put something into an element's place."""
        self._replaced.append((element.start, element.end, text.encode()))

    def append(self, parent: Element, text: str) -> None:
        """Put something at the end of an element, below what is there."""
        _, texts = self._appended.setdefault(parent.start, (parent, []))
        texts.append(f"\n{self._indent(parent)}{text}")

    def append_description(self, about: str, declarations: str, inside: str) -> None:
        """Put properties at the end of the packet."""
        self.append(self.packet.rdf, f"<rdf:Description rdf:about={about}{declarations}>{inside}\n  </rdf:Description>")

    def declare(self, where: Element, *prefixes: str) -> str:
        """The declarations that something put into `where` needs, as attributes."""
        needed = [prefix for prefix in prefixes if where.namespace(prefix) != PREFIXES[prefix]]
        return "".join(f' xmlns:{prefix}="{PREFIXES[prefix]}"' for prefix in needed)

    def result(self) -> bytes:
        """The bytes of the changed packet."""
        if self.fresh:
            self._append_fresh()
        changes = self._without_hollow()
        for parent, texts in self._appended.values():
            changes.append(self._insertion(parent, "".join(texts).encode()))
        data = self.packet.data
        for start, end, new in sorted(changes, key=lambda change: change[:2], reverse=True):
            data = data[:start] + new + data[end:]
        return data

    def _append_fresh(self) -> None:
        packet, text = self.packet, " ".join(self.fresh)
        about = next((one.attributes.get(named(RDF, "about")) for one in packet.descriptions), None) or ""
        spaces = self.declare(packet.rdf, *(prefix for prefix in PREFIXES if f"{prefix}:" in text))
        self.append_description(quoteattr(about), spaces, "".join(f"\n   {one}" for one in self.fresh))
        self.fresh = []

    def _without_hollow(self) -> list[tuple[int, int, bytes]]:
        """The replacements; descriptions of which nothing would be left go as a whole."""
        changes = self._replaced
        for one in self.packet.descriptions:
            nothing = one.attributes.keys() <= {named(RDF, "about")} and one.start not in self._appended
            if one.children and nothing and all(child.start in self._removed for child in one.children):
                changes = [change for change in changes if not one.start <= change[0] < one.end]
                changes.append((self._after_space(one.start), one.end, b""))
        return changes

    def _insertion(self, parent: Element, text: bytes) -> tuple[int, int, bytes]:
        if not parent.empty:
            end = self._after_space(parent.inner_end)  # so that the end tag keeps its place
            return end, end, text
        tag = self.packet.data[parent.start : parent.end]
        name = re.split(rb"[\s/>]", tag[1:], maxsplit=1)[0]
        return parent.start, parent.end, tag[:-2].rstrip() + b">" + text + b"</" + name + b">"

    def _after_space(self, place: int) -> int:
        """Where the white space before a place begins."""
        while self.packet.data[place - 1 : place].isspace():
            place -= 1
        return place

    def _indent(self, parent: Element) -> str:
        """The white space before what is put at the end of an element: that before its last child."""
        start = parent.children[-1].start if parent.children else parent.start
        line = self.packet.data[self.packet.data.rfind(b"\n", 0, start) + 1 : start]
        return (line.decode() if not line.strip() else "") + ("" if parent.children else " ")
