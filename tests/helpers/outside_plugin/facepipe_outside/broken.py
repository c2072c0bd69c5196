"""A detector whose package was installed without what it needs."""

import a_package_that_is_not_there  # noqa: F401
