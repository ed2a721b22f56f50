"""The trail: one typed writer per act, inside the act's transaction; `verify()` and `seal()`."""

from governance.trail.chain import ORGANISATION, SYSTEM_NAME, Entry, append, open_chains, release_chain
from governance.trail.hashing import hash_of
from governance.trail.sealing import seal
from governance.trail.verify import Flaw, Verdict, first_of, hash_fits, verify, verify_chain

__all__ = [
    "ORGANISATION",
    "SYSTEM_NAME",
    "Entry",
    "Flaw",
    "Verdict",
    "append",
    "first_of",
    "hash_fits",
    "hash_of",
    "open_chains",
    "release_chain",
    "seal",
    "verify",
    "verify_chain",
]
