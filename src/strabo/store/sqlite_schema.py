"""The tables of a catalog file, and the steps from each version of them to the next.

`fact` holds what is true now, narrow, with its body beside it in `body`; a fact that ends moves to `past` and
keeps its body. Ids rise with time, so "what began after transaction t" is a range of ids and needs no index.
`fn` and `fa` are the search index (names with prefixes; all words), contentless: `entry` keeps the words that
were put in, because taking them out again needs exactly the same ones.
"""

APPLICATION_ID = 0x53545242  # "STRB"

VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE namespace (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE feed (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, standing INTEGER NOT NULL) STRICT;
CREATE TABLE tx (
    id INTEGER PRIMARY KEY, at INTEGER NOT NULL, feed INTEGER NOT NULL, run INTEGER NOT NULL,
    actor TEXT NOT NULL, first_fact INTEGER NOT NULL
) STRICT;
CREATE INDEX tx_at ON tx (at);
CREATE INDEX tx_run ON tx (run, id);
CREATE TABLE node (
    id INTEGER PRIMARY KEY, ns INTEGER NOT NULL, name TEXT NOT NULL,
    fold TEXT,                          -- only where it differs from the name
    leaf TEXT NOT NULL, kind TEXT NOT NULL DEFAULT '', live INTEGER NOT NULL DEFAULT 0, same INTEGER
) STRICT;
CREATE UNIQUE INDEX node_name ON node (ns, name);
CREATE INDEX node_fold ON node (ns, fold) WHERE fold IS NOT NULL;
CREATE INDEX node_leaf ON node (leaf);
CREATE INDEX node_same ON node (same) WHERE same IS NOT NULL;
CREATE TABLE fact (
    id INTEGER PRIMARY KEY, node INTEGER NOT NULL, aspect INTEGER NOT NULL, feed INTEGER NOT NULL,
    part TEXT NOT NULL, hash BLOB NOT NULL, since INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX fact_key ON fact (node, aspect, feed, part);
CREATE TABLE past (
    id INTEGER PRIMARY KEY, node INTEGER NOT NULL, aspect INTEGER NOT NULL, feed INTEGER NOT NULL,
    part TEXT NOT NULL, hash BLOB NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL
) STRICT;
CREATE INDEX past_node ON past (node, aspect);
CREATE INDEX past_until ON past (until);
CREATE TABLE body (id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE edge (
    target INTEGER NOT NULL, source INTEGER NOT NULL, fact INTEGER NOT NULL, via INTEGER NOT NULL,
    PRIMARY KEY (target, source, fact)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_source ON edge (source, target);
CREATE INDEX edge_via ON edge (via) WHERE via > 0;
CREATE INDEX edge_fact ON edge (fact);
CREATE TABLE edge_past (
    target INTEGER NOT NULL, source INTEGER NOT NULL, fact INTEGER NOT NULL, via INTEGER NOT NULL,
    PRIMARY KEY (target, source, fact)
) STRICT, WITHOUT ROWID;
CREATE INDEX edge_past_source ON edge_past (source, target);
CREATE INDEX edge_past_via ON edge_past (via) WHERE via > 0;
CREATE TABLE entry (id INTEGER PRIMARY KEY, rank INTEGER NOT NULL, since INTEGER NOT NULL, doc BLOB NOT NULL) STRICT;
CREATE TABLE entry_past (
    id INTEGER NOT NULL, rank INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, doc BLOB NOT NULL
) STRICT;
CREATE INDEX entry_past_until ON entry_past (until);
CREATE VIRTUAL TABLE fn USING fts5 (
    name, path, content='', columnsize=0, detail=column, prefix='2 3 4', tokenize="unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE fa USING fts5 (
    words, content='', columnsize=0, detail=none, tokenize="unicode61 remove_diacritics 0"
);
CREATE VIRTUAL TABLE fa_words USING fts5vocab (fa, row);
CREATE TABLE label (
    node INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (node, field, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE run (
    id INTEGER PRIMARY KEY, feed TEXT NOT NULL, status TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
    workflow TEXT NOT NULL, report BLOB NOT NULL
) STRICT;
CREATE INDEX run_feed ON run (feed, id);
CREATE INDEX run_open ON run (id) WHERE status = 'running';
CREATE TABLE run_object (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, account BLOB NOT NULL
) STRICT;
CREATE INDEX run_object_run ON run_object (run);
CREATE TABLE run_seen (run INTEGER NOT NULL, state TEXT NOT NULL, bits BLOB NOT NULL, PRIMARY KEY (run, state)) STRICT;
CREATE TABLE run_scope (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL
) STRICT;
CREATE INDEX run_scope_run ON run_scope (run);
"""

# What is pushed: who wrote from where; the events as they came; what they add up to; which run saw which edge.
VERSION_2 = """
ALTER TABLE tx ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE tx ADD COLUMN what TEXT NOT NULL DEFAULT '';
CREATE TABLE event (
    id INTEGER PRIMARY KEY, feed INTEGER NOT NULL, digest BLOB NOT NULL, at INTEGER NOT NULL,
    received INTEGER NOT NULL, subject BLOB NOT NULL, body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX event_digest ON event (digest, feed);
CREATE INDEX event_at ON event (at);
CREATE INDEX event_subject ON event (subject);
CREATE TABLE state (id INTEGER PRIMARY KEY, feed INTEGER NOT NULL, key BLOB NOT NULL, body BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX state_key ON state (key, feed);
CREATE TABLE sighting (
    target INTEGER NOT NULL, source INTEGER NOT NULL, via INTEGER NOT NULL, feed INTEGER NOT NULL,
    grade INTEGER NOT NULL, last INTEGER NOT NULL, run BLOB NOT NULL, first INTEGER NOT NULL,
    PRIMARY KEY (target, source, via, feed, grade, last, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_run ON fact (part) WHERE aspect = 7;
CREATE TABLE note (space TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX note_key ON note (space, key);
"""

MIGRATIONS: tuple[str, ...] = (VERSION_1, VERSION_2)
"""The n-th takes a file from version n to n+1. Never change one that was released; add one."""
