"""Texts that are more than statements in a row: procedures, variables, dynamic SQL, templates, lines for clients."""
