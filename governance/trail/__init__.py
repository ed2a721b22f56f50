"""The trail: one typed writer per act, inside the act's transaction; `verify()` and `seal()`."""

from governance.trail.chain import ORGANISATION, SYSTEM_NAME, Entry, append, open_chains, release_chain
from governance.trail.verify import Flaw, Verdict, seal, verify

__all__ = [
    "ORGANISATION",
    "SYSTEM_NAME",
    "Entry",
    "Flaw",
    "Verdict",
    "append",
    "open_chains",
    "release_chain",
    "seal",
    "verify",
]
