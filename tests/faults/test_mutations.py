"""The mutations are still applicable; what they show is run by hand (tests.faults.mutations)."""

import pytest

from tests.faults.environment import ROOT
from tests.faults.mutations import MUTATIONS, Mutation, edited


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_each_mechanism_can_still_be_taken_away(mutation: Mutation) -> None:
    for edit in mutation.edits:
        assert edited(edit, ROOT) != (ROOT / edit.path).read_text()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_the_tests_that_must_notice_exist(mutation: Mutation) -> None:
    for test in mutation.tests:
        file, name = test.split("::")
        assert f"def {name}(" in (ROOT / "tests" / "faults" / file).read_text()
