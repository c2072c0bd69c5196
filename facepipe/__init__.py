"""facepipe: from a video to a labelled person dataset, on a CPU, without labels, GPU or network."""

__version__ = "0.1.0"
