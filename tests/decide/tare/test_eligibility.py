"""Criteria: met, not met, not stated; what blocks, what is told, who may override."""

import pytest

from hevesy.decide.tare import Override, assess, check_eligible, eligibility_findings
from hevesy.errors import InputError
from hevesy.physdata import eligibility_criteria, practices, scout_interval

FIT = {
    "extrahepatic_deposition": "none", "bilirubin_mg_dl": 0.8, "albumin_g_dl": 3.8, "liver_radiotherapy_gy": 0.0,
    "contrast_allergy": "none", "pregnant_or_breastfeeding": False, "life_expectancy_months": 12.0, "ascites": False,
    "icterus": False, "encephalopathy": False, "disease_extent": "liver-only", "ecog": 1, "child_pugh": "A5",
    "arterial_access": "accessible", "liver_reserve": "adequate", "scout_distribution": "favourable",
    "transaminases_times_upper_limit": 1.0, "tumour_burden": 0.2, "segmentectomy_anatomy": "suitable",
    "treated_segments": 2, "surgery": "not-suitable",
}  # fmt: skip


def states(stated, intent="unilobar"):
    return {one.criterion.name: one.state for one in assess(stated, intent)}


def codes(stated, intent="unilobar", overrides=()):
    return [one.code for one in eligibility_findings(assess(stated, intent, overrides))]


@pytest.mark.parametrize("intent", ["bilobar", "unilobar", "lobectomy", "segmentectomy"])
def test_a_fit_patient_meets_everything_and_nothing_is_told(intent):
    assert set(states(FIT, intent).values()) == {"met"}
    check_eligible(assess(FIT, intent))
    assert codes(FIT, intent) == []


def test_nothing_stated_is_nothing_known_and_blocks_nothing():
    found = assess({}, "segmentectomy")
    assert {one.state for one in found} == {"not stated"}
    check_eligible(found)
    (finding,) = eligibility_findings(found)
    assert finding.code == "criteria-not-stated"
    assert all(one.criterion.name in finding.message for one in found)


BLOCKS = [
    ("extrahepatic_deposition", "found", "extrahepatic-deposition"),
    ("bilirubin_mg_dl", 2.01, "bilirubin"),
    ("albumin_g_dl", 2.99, "albumin"),
    ("liver_radiotherapy_gy", 20.0, "liver-radiotherapy"),
    ("contrast_allergy", "not-manageable", "contrast-allergy"),
    ("pregnant_or_breastfeeding", True, "pregnancy"),
    ("life_expectancy_months", 2.9, "life-expectancy-guideline"),
    ("ascites", True, "ascites"),
    ("disease_extent", "disseminated", "disease-extent-guideline"),
    ("segmentectomy_anatomy", "not-suitable", "segmentectomy-anatomy"),
    ("liver_reserve", "not-adequate", "segmentectomy-reserve"),
]


@pytest.mark.parametrize(("key", "value", "name"), BLOCKS)
def test_a_contraindication_blocks_with_its_value_and_source(key, value, name):
    with pytest.raises(InputError, match="no plan") as refused:
        check_eligible(assess({**FIT, key: value}, "segmentectomy"))
    message = str(refused.value)
    assert f"eligibility, {name}:" in message
    assert f"{key} {value} came" in message
    assert "(2023)" in message or "1682" in message


@pytest.mark.parametrize(
    ("key", "value"), [("bilirubin_mg_dl", 2.0), ("albumin_g_dl", 3.0), ("ecog", 2), ("child_pugh", "B7")]
)
def test_the_printed_value_itself_is_allowed(key, value):
    assert codes({**FIT, key: value}) == []


@pytest.mark.parametrize(("key", "value", "name"), [one for one in BLOCKS if one[2] != "extrahepatic-deposition"])
def test_an_override_with_role_and_reason_lets_it_through_and_is_told(key, value, name):
    stated = {**FIT, key: value}
    overrides = (Override(name, "shown to be harmless", "tumour-board"),)
    check_eligible(assess(stated, "segmentectomy", overrides))
    told = [f for f in eligibility_findings(assess(stated, "segmentectomy", overrides)) if "overridden" in f.code]
    assert len(told) == 1
    assert "overridden by tumour-board: shown to be harmless" in told[0].message


@pytest.mark.parametrize(
    ("stated", "name", "said"),
    [
        ({**FIT, "extrahepatic_deposition": "found"}, "extrahepatic-deposition", "may be overridden"),
        (FIT, "albumin", "which is met"),
        ({}, "albumin", "which is not stated"),
        ({**FIT, "ecog": 3}, "ecog", "a contraindication"),
        (FIT, "age", "'age' came"),
        (FIT, "segmentectomy-anatomy", "a contraindication"),
    ],
)
def test_an_override_that_does_not_belong_is_refused(stated, name, said):
    with pytest.raises(InputError, match=said):
        assess(stated, "unilobar", (Override(name, "x", "tumour-board"),))


def test_a_reversible_cause_lifts_the_bilirubin_and_nothing_else_does():
    high = {**FIT, "bilirubin_mg_dl": 3.0}
    assert states({**high, "bilirubin_cause": "reversible"})["bilirubin"] == "met"
    assert states({**high, "bilirubin_cause": "irreversible"})["bilirubin"] == "not met"
    assert states(high)["bilirubin"] == "not met"


def test_text_and_table_differ_at_three_months_and_that_is_told():
    stated = {**FIT, "life_expectancy_months": 3.0}
    check_eligible(assess(stated, "unilobar"))
    found = {f.code: f.message for f in eligibility_findings(assess(stated, "unilobar"))}
    assert set(found) == {"indication-not-met", "sources-differ"}
    assert "more than 3 months: not met" in found["sources-differ"]
    assert "at least 3 months: met" in found["sources-differ"]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("ecog", 3, "indication-not-met"),
        ("arterial_access", "not-accessible", "indication-not-met"),
        ("scout_distribution", "unfavourable", "indication-not-met"),
        ("tumour_burden", 0.6, "relative-contraindication"),
        ("transaminases_times_upper_limit", 5.1, "relative-contraindication"),
        ("child_pugh", "B8", "relative-contraindication"),
    ],
)
def test_what_is_relative_is_told_and_does_not_block(key, value, code):
    stated = {**FIT, key: value}
    check_eligible(assess(stated, "unilobar"))
    assert code in codes(stated)


def test_segmentectomy_has_its_own_criteria():
    own = {one.name for one in eligibility_criteria() if one.intents == ("segmentectomy",)}
    assert own == {"segmentectomy-anatomy", "segmentectomy-reserve", "segments", "surgery"}
    assert own.isdisjoint(states(FIT, "unilobar"))
    assert codes({**FIT, "treated_segments": 4}, "segmentectomy") == ["indication-not-met"]


def test_every_criterion_has_its_source_and_the_published_rules_are_there():
    rules = {rule for one in eligibility_criteria() for rule in one.rules}
    assert rules == {"TRE-06", "TRE-08", "TRE-09", "TRE-10", "TRE-11", "TRE-12", "TRE-35", "TAR-09", "TAR-10"}
    assert all(one.source.text and one.source.status in {"seed", "DOC"} for one in eligibility_criteria())
    assert {one.kind for one in eligibility_criteria()} == {"contraindication", "relative", "indication"}
    assert {one.name for one in practices()} == {"imaging-after", "ward", "injection"}
    assert (scout_interval().days_from, scout_interval().days_to) == (7.0, 14.0)
