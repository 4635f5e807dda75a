"""pyproject.toml knows every package, and settings.py imports rules alone.

import-linter sees packages only, so the module settings.py is read here.
"""

import ast
import tomllib
from typing import Any

from tests.house.compose_file import ROOT

STRICT = {"db", "gateways", "messaging", "tasks", "whatsapp", "wire"}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


def packages() -> set[str]:
    return {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}


def layers() -> set[str]:
    [contract] = [one for one in project()["importlinter"]["contracts"] if one["type"] == "layers"]
    return {name.strip(" ()") for line in contract["layers"] for name in line.split("|")}


def test_every_package_has_a_layer_or_stands_alone() -> None:
    assert set(project()["importlinter"]["root_packages"]) == packages()
    assert layers() == packages() - {"simulator"} | {"settings", "tests"}


def test_settings_import_nothing_of_ours_but_rules() -> None:
    tree = ast.parse((ROOT / "settings.py").read_text())
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert {module.partition(".")[0] for module in modules} & packages() <= {"messaging"}


def test_types_are_strict_where_money_and_delivery_are_decided() -> None:
    mypy = project()["mypy"]
    relaxed = {module.removesuffix(".*") for override in mypy["overrides"] for module in override["module"]}
    assert mypy["strict"] is True
    assert relaxed & STRICT == set()
    assert set(mypy["files"]) >= packages()


def test_imports_are_sorted_with_every_package_known() -> None:
    known = set(project()["ruff"]["lint"]["isort"]["known-first-party"])
    assert known == packages() | {"settings", "tests"}
