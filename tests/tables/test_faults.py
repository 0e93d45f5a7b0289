"""Faults are said in words, and unknown names are answered with the closest known one."""

from __future__ import annotations

import pytest

from pledgeway.tables.closest import Closest
from pledgeway.tables.faults import Fault, FaultyInput, Findings, Place, shown


def test_a_fault_says_where_what_and_what_is_allowed() -> None:
    findings = Findings()
    findings.fault(Place("Offers", "14", "D", "Offers!D14"), "-3", "a number of 0 or more")
    findings.remark(Place("Offers", "15", "D", "Offers!D15"), "the offer is empty")
    with pytest.raises(FaultyInput, match="Offers!D14: found -3; allowed: a number of 0 or more") as caught:
        findings.stop_if_faulty()
    assert caught.value.faults == [Fault("Offers", "14", "D", "Offers!D14", "-3", "a number of 0 or more")]
    assert [str(warning) for warning in caught.value.warnings] == ["Offers!D15: the offer is empty"]


def test_without_a_fault_nothing_stops() -> None:
    findings = Findings()
    findings.remark(Place("Offers", "", "", "Offers"), "empty")
    findings.stop_if_faulty()


def test_a_message_with_many_faults_is_short_but_the_list_is_whole() -> None:
    faulty = FaultyInput([Fault("A", str(k), "", f"A!{k}", "x", "y") for k in range(100)])
    assert len(faulty.faults) == 100
    assert str(faulty).endswith("and 80 more")


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "nothing"), (True, "yes"), ("a", "'a'"), (2.0, "2"), (0.1, "0.1"), ({}, "an object"), ([1], "a list"),
     ("x" * 100, "'" + "x" * 77 + "...'")],
)  # fmt: skip
def test_values_are_quoted_in_few_words(value: object, words: str) -> None:
    assert shown(value) == words


@pytest.mark.parametrize(
    ("name", "close"), [("Poznan", "POZNAŃ"), ("poznań ", "POZNAŃ"), ("Rzeszow", "Rzeszów"), ("Kyiv", None), ("", None)]
)
def test_the_closest_name_is_found(name: str, close: str | None) -> None:
    assert Closest(["POZNAŃ", "Rzeszów", "Oslo"]).to(name) == close


def test_looking_for_the_closest_name_comes_to_an_end() -> None:
    closest = Closest([f"place {k}" for k in range(20_000)])
    assert closest.to("plaec 77") is not None
    assert [closest.to(f"plaec {k}") for k in range(1000, 2000)].count(None) > 980
