"""Runs a pyPiper node graph on threads of this process."""

from facepipe.engine.threads import Outcome, run_graph

__all__ = ["Outcome", "run_graph"]
