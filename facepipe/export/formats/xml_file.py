"""XML as bytes: indented, escaped by the standard library."""

from xml.etree import ElementTree


def element(tag: str, /, **children: object) -> ElementTree.Element:
    """An element with a child of text for every keyword."""
    made = ElementTree.Element(tag)
    for name, value in children.items():
        ElementTree.SubElement(made, name).text = str(value)
    return made


def to_bytes(root: ElementTree.Element) -> bytes:
    """The document of `root`, UTF-8."""
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
