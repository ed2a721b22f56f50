"""The REST API: thin. It parses, calls the same acts and read models as the pages, and writes JSON."""
