"""The audit pack of a release: everything that is known of it as data, on paper, and with its files."""

from tracker.audit_pack.archive import archived
from tracker.audit_pack.facts import Pack, pack_of
from tracker.audit_pack.printing import PrintingFailed, printed

__all__ = ["Pack", "PrintingFailed", "archived", "pack_of", "printed"]
