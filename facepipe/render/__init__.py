"""The inputs of a run once more, with what was found in them drawn in, or blurred."""
