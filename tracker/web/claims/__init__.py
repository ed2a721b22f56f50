"""What nobody owns, and my work."""
