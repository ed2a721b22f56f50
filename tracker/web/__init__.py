"""Pages: thin views that parse, call an act or a read model, and render."""
