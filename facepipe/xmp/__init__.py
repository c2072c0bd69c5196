"""XMP, as photo programs write it: the regions of faces, whose they are, and sidecars beside photos."""

WHOLE, STEM = NAMINGS = ("photo.jpg.xmp", "photo.xmp")  # what the sidecar of photo.jpg is called
