"""All commands, in the order and the words of `strabo --help`; importing this imports none of them."""

from typing import NamedTuple


class Entry(NamedTuple):
    """One command: `command` of `strabo.cli.NAME`. A test holds `help` against the first sentence of its docstring."""

    name: str
    help: str


SECTIONS: dict[str, tuple[Entry, ...]] = {
    "Fill the catalog": (
        Entry("init", "Write workflow files for the databases found here"),
        Entry("ingest", "Read what workflows name into the catalog"),
        Entry("test", "Say what a login may read, and the grants that are missing"),
        Entry("load", "Load files of records: staged, exported or written by a script"),
        Entry("push", "Push files of records or lineage events to a server"),
        Entry("demo", "Make a catalog of an example company to look around in"),
    ),
    "Ask it": (
        Entry("search", "Find objects by words and filters"),
        Entry("show", "Show all that is known of one object"),
        Entry("lineage", "Show what feeds an object or a column, and what it feeds"),
        Entry("impact", "List all that breaks when an object or a column changes"),
        Entry("history", "List all that ever changed about one object"),
        Entry("diff", "Compare the catalog between two moments"),
        Entry("sql", "Show which column comes from which, in any SQL"),
    ),
    "Share it": (
        Entry("serve", "Serve the catalog over HTTP: push, search, lineage"),
        Entry("token", "Make, list and revoke the tokens that open a server"),
    ),
    "Look after it": (
        Entry("runs", "List the runs, show one, confirm what one proposed"),
        Entry("export", "Write every current fact as a record"),
        Entry("rebuild", "Work out anew what the pushed events of a feed add up to"),
        Entry("audit", "List who wrote what, when and from where"),
        Entry("hosts", "List and set which systems are one under several names"),
        Entry("doctor", "Check the catalog and this installation"),
    ),
    "Look things up": (
        Entry("plugins", "List the plugins there are and whether each one loads"),
        Entry("config", "Explain the settings of a plugin"),
        Entry("schema", "Print the JSON Schema of records or of workflow files"),
        Entry("completion", "Print the completion script of a shell"),
    ),
}

ENTRIES = {entry.name: entry for entries in SECTIONS.values() for entry in entries}
