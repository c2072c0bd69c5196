"""The few questions about a run that matter: what may be wrong in it, in the order of what an answer is worth."""
