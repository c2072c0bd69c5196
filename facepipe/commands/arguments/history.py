"""List what was corrected in a run, the newest last, and what of it was taken back.

Examples:
    facepipe history panel_dataset

`facepipe undo OUT N` takes the last N back that still hold.
"""

from facepipe.commands.command import Command, add_out

COMMAND = Command(__doc__, add_out, "facepipe.commands.history:run")
