"""Looking somebody up by name."""

import difflib
from collections.abc import Collection

from facepipe.errors import UsageError
from facepipe.files.names import natural_key, safe_name

_MOST_NAMES = 20  # names that an error message lists


def person_named(name: str, people: Collection[str]) -> str:
    """The person of a run who is called `name`, as it is or as folders are called, or the only one who is when case is
    ignored.

    UsageError lists the known names, close matches first.
    """
    if name and (exact := next((one for one in (name, safe_name(name)) if one in people), None)):
        return exact
    names = sorted({*people} - {""}, key=natural_key)
    alike = [known for known in names if known.casefold() == name.casefold()]
    if len(alike) == 1:
        return alike[0]
    if alike:
        raise UsageError(f"{name!r} may be {' or '.join(alike)}: write the name as it is")
    if not names:
        raise UsageError(f"nobody is called {name!r}: the run has no people")
    folded = {known.casefold(): known for known in names}
    close = [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    ordered = [*close, *(known for known in names if known not in close)]
    more = f" and {len(ordered) - _MOST_NAMES} more" if len(ordered) > _MOST_NAMES else ""
    raise UsageError(f"nobody is called {name!r}; there are {', '.join(ordered[:_MOST_NAMES])}{more}")
