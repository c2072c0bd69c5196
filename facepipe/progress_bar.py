"""A progress bar that is told how much is done, as pyPiper's update callback is."""

from tqdm import tqdm


class TqdmUpdate(tqdm):
    """tqdm whose `update` takes (done, total) instead of an increment."""

    def update(self, done: int, total: int | None = None) -> None:
        """Show `done` of `total`; a total that is not known yet leaves the bar open."""
        if total is not None and total != self.total:
            self.total = max(total, done)
        super().update(done - self.n)
