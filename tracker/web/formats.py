"""The formats under the name that the pages know them by; messages use them too, so they live below both."""

from tracker.formats import *  # noqa: F403  every name of it
