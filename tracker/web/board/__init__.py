"""The pipeline by stage."""
