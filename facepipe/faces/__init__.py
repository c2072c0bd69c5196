"""From a picture to its faces: found, aligned, encoded, judged."""
