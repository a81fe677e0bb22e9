"""Each collection belongs to a single store: no two modules of storage open the same one."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from storage.indexes import COLLECTIONS

ROOT = Path(__file__).parents[2]
SHARED = {
    "storage/backup/database.py": "it backs up and restores every collection as it is",
    "storage/changes.py": "it is the base class of streams, which name their collection themselves",
    "storage/commits/counts.py": "it counts for the events of all stores that use the unit",
    "storage/commits/unit.py": "it reads and writes for the events of all stores that use it",
    "storage/migrations.py": "it moves the data of another store to where this version reads it",
    "storage/driver/adapter.py": "it is the driver, by which all of them open theirs",
    "storage/indexes.py": "it makes every collection and its indexes",
}
"""Modules that open collections of other modules, and why they may."""

COMMANDS = ("aggregate", "count", "delete", "distinct", "find", "findAndModify", "insert", "update")
"""Names of the commands whose value is the name of a collection."""

ANY = "?"
"""A stand-in for a collection whose name the source does not tell."""


def literal(node):
    return node.value if isinstance(node, ast.Constant) else ANY


def opened(tree):
    """Return the names of the collections that a module opens or sends commands to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and "database" in ast.unparse(node.value):
            yield literal(node.slice)
        elif isinstance(node, ast.Call) and "get_collection" in ast.unparse(node.func):
            yield literal(node.args[0])
        elif isinstance(node, ast.ClassDef):
            yield from streamed(node)
        elif isinstance(node, ast.Dict):
            yield from commanded(node)


def commanded(document):
    """Return the name of the collection that a document names, if it is a command."""
    for key, value in list(zip(document.keys, document.values, strict=True))[:1]:
        if key is not None and literal(key) in COMMANDS and literal(value) in COLLECTIONS:
            yield literal(value)


def streamed(stream):
    """Return the name of the collection whose changes a class follows."""
    for node in stream.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "collection":
            yield literal(node.value)


def owners(root):
    """Return the modules of storage by the collection that they open, without the shared ones."""
    found = defaultdict(set)
    for file in sorted((root / "storage").rglob("*.py")):
        module = file.relative_to(root).as_posix()
        if module not in SHARED:
            for name in opened(ast.parse(file.read_text(encoding="utf-8"))):
                found[name].add(module)
    return found


def test_each_collection_has_one_store():
    found = owners(ROOT)
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}
    # Only the migration, which is shared, opens its state.
    assert set(COLLECTIONS) - set(found) == {"migrations"}
    assert set(found) <= set(COLLECTIONS)


def test_modules_that_are_shared_exist():
    assert [name for name in SHARED if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize(
    "planted",
    [
        'def f(database):\n    return database["results"]',
        'class S:\n    def f(self):\n        return self._database["results"].find()',
        'class S:\n    def f(self):\n        return with_wait(self.database, 9.0)["results"]',
        'def f(database):\n    return database.get_collection("results", read_concern=None)',
        'async def f(database, rows):\n    await database.command({"insert": "results"})',
        'class S(Changes[int]):\n    collection = "results"',
    ],
)
def test_a_second_store_of_a_collection_is_found(tmp_path, planted):
    for name, source in (
        ("first", 'def f(database):\n    database["results"]'),
        ("second", planted),
    ):
        file = tmp_path / "storage" / "wing" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    assert {Path(module).name for module in owners(tmp_path)["results"]} == {
        "first.py",
        "second.py",
    }


def test_a_collection_opened_by_a_computed_name_is_found(tmp_path):
    file = tmp_path / "storage" / "store.py"
    file.parent.mkdir()
    file.write_text("def f(database, name):\n    return database[name]", encoding="utf-8")
    assert {Path(module).name for module in owners(tmp_path)[ANY]} == {"store.py"}
