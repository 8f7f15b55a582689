"""EDGES → walks, impact, text. Pure: who the neighbours are is asked of a callable."""
