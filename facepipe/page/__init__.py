"""The review page: a run in memory, what is said of it, and a server for one person on this machine."""
