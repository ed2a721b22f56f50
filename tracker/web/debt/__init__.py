"""The list of what is owed by whom."""
