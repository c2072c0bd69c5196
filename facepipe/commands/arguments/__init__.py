"""What can be typed of each command: its help, options and paths; a file a command, without what it works with."""
