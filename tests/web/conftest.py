"""What all tests of the web share."""

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache


@pytest.fixture(scope="session", autouse=True)
def templates_are_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Not once for each of the apps that the tests make."""
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))}
