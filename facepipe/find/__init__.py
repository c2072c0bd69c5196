"""Finding: in which photos and videos somebody is, who is in a picture; and what kinds of files there are at all."""
