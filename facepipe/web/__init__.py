"""What the pages of facepipe share: their colours and their letters."""

from pathlib import Path

BASE_CSS = Path(__file__).with_name("base.css")
