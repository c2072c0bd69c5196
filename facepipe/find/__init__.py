"""Using a run: in which photos and videos somebody is, who is in a picture, who people are by reference pictures."""
