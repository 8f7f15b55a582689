# Front door for development; `sh scripts/check` sets the environment up first. CI runs the same recipes.

py := ".venv/bin/python -m"

# all that CI runs on every push
default: lint test

# tests; `just test -k postgres` for some of them
test *args:
    {{py}} pytest -n 2 --dist loadfile -q -m "not slow" --randomly-seed=1 {{args}}

# tests that take long: programs of others (installed apart), a hundred kills, thousands of requests, slow clients
slow *args:
    -scripts/clients
    {{py}} pytest -n 2 --dist loadfile -q -m slow --randomly-seed=1 --durations=10 {{args}}

# properties on examples that nobody has tried yet: what fails here becomes a test, or a fix
explore *args:
    {{py}} pytest -n 2 -q -m "hypothesis and not slow" --hypothesis-profile=explore {{args}}

# style, types, rooms, docs
lint:
    {{py}} ruff check
    {{py}} ruff format --check
    {{py}} mypy
    .venv/bin/lint-imports
    {{py}} cogapp --check -P README.md docs/*.md docs/*/*.md

# writes what docs and style can write themselves
fix:
    {{py}} ruff check --fix
    {{py}} ruff format
    {{py}} cogapp -r -P README.md docs/*.md docs/*/*.md

# benchmarks, each printing a table and writing JSON to bench/results; `just bench write_path --datasets 100000`
bench name *args:
    {{py}} bench.{{name}} {{args}}

# rewrites golden files from what the code says now: read the diff
golden:
    {{py}} pytest -q --update-golden

# the command starts in an environment without any extra
bare:
    rm -rf .venv-bare && python3 -m venv .venv-bare && .venv-bare/bin/pip install -q -c constraints.txt . && .venv-bare/bin/strabo --help
