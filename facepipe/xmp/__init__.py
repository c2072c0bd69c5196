"""XMP, as photo programs write it: the regions of faces, whose they are, and sidecars beside photos."""
