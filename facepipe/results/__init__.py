"""Everything that a run leaves behind: written whole, brought up to date, summed up."""
