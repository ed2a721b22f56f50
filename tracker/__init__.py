"""Who is told, and what they see: pages, API, alerts and the project shell."""
