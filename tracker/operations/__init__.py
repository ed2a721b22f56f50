"""Starting, watching and stopping Throughline's processes on one machine."""
