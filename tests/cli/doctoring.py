"""Doctored histories, each with the one rule that it breaks."""

from collections.abc import Callable
from typing import NamedTuple

from cli.checking.breach import Rule
from tests.cli.histories import History

Doctor = Callable[[History], None]


class Case(NamedTuple):
    """What is done to a history; the breach is at its last event, or so many before."""

    rule: Rule
    doctor: Doctor
    before: int


class Cases(list[Case]):
    """Doctored histories of one subject."""

    def breaks(self, rule: Rule, before: int = 0) -> Callable[[Doctor], Doctor]:
        """Note a function that makes a history break a rule."""

        def noted(doctor: Doctor) -> Doctor:
            self.append(Case(rule, doctor, before))
            return doctor

        return noted
