"""The main job: what is asked, prepared, wired and done."""
