"""Decay chains: choices, ends, and agreement with another implementation."""

import math

import pytest
import radioactivedecay

from hevesy.errors import AdministrationError, InputError
from hevesy.physdata import activity_ratios, decay_chain, decay_library, parse_chain, progeny
from hevesy.physdata.chains import SHORT_ISOMER_S, EndReason

ENDF = decay_library("endfb81")
ICRP = decay_library("icrp107")


def decays(chain):
    return {member.name: member.decays_per_parent for member in chain.members}


def test_ac_225_in_equilibrium():
    found = decays(decay_chain("Ac-225", "equilibrium", ENDF))
    assert found == pytest.approx(
        {
            "Ac-225": 1.0,
            "Fr-221": 1.0,
            "At-217": 1.0,
            "Bi-213": 0.99993,
            "Tl-209": 0.022 * 0.99993,
            "Po-213": 0.978 * 0.99993,
            "Pb-209": 0.99993,
        }
    )


def test_two_ways_to_one_member_add_up():
    assert decays(decay_chain("Bi-212", "from:0s", ENDF)) == pytest.approx(
        {"Bi-212": 1.0, "Tl-208": 0.3594, "Po-212": 0.6406}
    )
    assert decays(decay_chain("Ra-223", "equilibrium", ENDF))["Pb-211"] == pytest.approx(1.0 - 2.3e-6)


def test_from_zero_counts_every_decay_that_follows():
    """At once after purification every atom of the parent brings each member once, by its branchings."""
    for name in ("Ac-225", "Pb-212", "Th-228", "Ra-224"):
        assert decays(decay_chain(name, "from:0s", ENDF)) == pytest.approx(
            decays(decay_chain(name, "equilibrium", ENDF)), rel=1e-12
        )


def test_late_decays_are_those_of_transient_equilibrium():
    """Pb-212 and Bi-212: activity ratio T1/(T1 - T2) for ever."""
    half_lives = 38304.0, 3633.0
    ratio = half_lives[0] / (half_lives[0] - half_lives[1])
    assert activity_ratios("Pb-212", ENDF)["Bi-212"] == pytest.approx(ratio)
    assert decays(decay_chain("Pb-212", "from:200h", ENDF))["Bi-212"] == pytest.approx(ratio, rel=1e-6)


@pytest.mark.parametrize("name", ["Ac-225", "Ra-223", "Pb-212", "At-211", "Tb-149", "I-131", "Th-227", "Lu-177m"])
@pytest.mark.parametrize("hours", [0.5, 48.0])
def test_against_radioactivedecay(name, hours):
    """Decays from a time on, with the same half-lives and branchings, by an implementation of its own."""
    grown = radioactivedecay.Inventory({name: 1.0}, "num").decay(hours, "h")
    after = grown.cumulative_decays(1e6, "y")
    found = decays(decay_chain(name, f"from:{hours}h", ICRP))
    assert set(found) == {member for member, number in after.items() if number > 0}
    for member, value in found.items():
        assert value == pytest.approx(after[member] / after[name], rel=1e-5), member


@pytest.mark.parametrize("name", ENDF.names())
def test_short_isomers_always_count(name):
    fed = [
        mode
        for mode in ENDF.modes(name)
        if mode.daughter.endswith("m")
        and mode.daughter in ENDF.names()
        and ENDF.half_life_s(mode.daughter) < SHORT_ISOMER_S
    ]
    found = decays(decay_chain(name, "parent", ENDF))
    assert found == {name: 1.0, **{mode.daughter: mode.branching for mode in fed}}


def test_isomers_named_in_the_rule():
    assert decays(decay_chain("Zr-89", None, ENDF))["Y-89m"] == pytest.approx(0.9987719)
    assert decays(decay_chain("Lu-177m", "parent", ENDF))["Hf-177m"] == pytest.approx(0.786)
    assert decays(decay_chain("Sr-89", None, ENDF))["Y-89m"] == pytest.approx(9.64e-5)


@pytest.mark.parametrize(
    "name", ["Ac-225", "Ra-223", "Pb-212", "Bi-213", "At-211", "Tb-149", "I-131", "Lu-177m", "Mo-99"]
)
def test_progeny_needs_a_choice(name):
    with pytest.raises(InputError, match=r"--chain: .*parent, equilibrium or from:TIME.*none came"):
        decay_chain(name, None, ENDF)


@pytest.mark.parametrize("name", ["Lu-177", "Y-90", "Tc-99m", "Zr-89", "Sr-89", "In-111", "Re-186", "F-18", "Cs-137"])
def test_nothing_to_choose(name):
    assert progeny(name, ENDF) == ()
    assert decay_chain(name, None, ENDF).choice == "parent"
    assert decays(decay_chain(name, "equilibrium", ENDF)) == decays(decay_chain(name, "parent", ENDF))


@pytest.mark.parametrize("name", ["I-131", "Tb-149"])
def test_no_equilibrium_with_progeny_that_outlives_the_parent(name):
    with pytest.raises(InputError, match="outlives"):
        decay_chain(name, "equilibrium", ENDF)


def test_at_211_in_equilibrium_leaves_bi_207_out_and_says_so():
    chain = decay_chain("At-211", "equilibrium", ENDF)
    assert decays(chain) == pytest.approx({"At-211": 1.0, "Po-211": 0.582})
    assert [(end.name, end.reason) for end in chain.ends] == [("Bi-207", EndReason.OUTLIVES)]
    assert chain.ends[0].per_parent == pytest.approx(0.418)
    assert any("Bi-207" in note for note in chain.notes)


def test_cuts_for_want_of_data_are_told():
    ends = {end.name: end for end in decay_chain("Tb-149", "from:0s", ENDF).ends}
    assert set(ends) == {"Sm-145", "Eu-149"}
    assert all(end.reason is EndReason.NO_DATA for end in ends.values())
    assert ends["Sm-145"].per_parent == pytest.approx(0.167 + 0.833 * 0.000434)
    assert [end.name for end in decay_chain("In-111", None, ENDF).ends] == ["Cd-111m"]


def test_long_lived_progeny_counts_as_stable_and_is_told():
    ends = decay_chain("Mo-99", "equilibrium", ENDF).ends
    assert [(end.name, end.reason) for end in ends] == [("Tc-99", EndReason.LONG_LIVED)]


@pytest.mark.parametrize("name", ENDF.names())
def test_every_chain_can_be_counted_from_a_time(name):
    chain = decay_chain(name, "from:1min" if ENDF.half_life_s(name) > 60 else "from:0s", ENDF)
    assert chain.members[0].decays_per_parent == 1.0
    assert all(0.0 < member.decays_per_parent < 1e9 for member in chain.members)
    assert all(member.name in ENDF.names() for member in chain.members)


def test_members_are_never_mixed_between_libraries():
    for name in ENDF.names():
        for mode in ENDF.modes(name):
            known = mode.daughter in ENDF.names()
            assert known or math.isinf(ENDF.half_life_s(mode.daughter)) or mode.daughter in {
                "Zr-90m", "Cd-111m", "Sm-145", "Eu-149", "At-215", "Rn-217", "Fr-223"
            }  # fmt: skip


@pytest.mark.parametrize("name", ["Cd-111m", "Sm-145", "Eu-149", "At-215", "Rn-217", "Fr-223"])
def test_half_lives_of_cut_ends(name):
    assert ENDF.half_life_s(name) == pytest.approx(radioactivedecay.Nuclide(name).half_life("s"), rel=1e-4)


def test_ends_that_are_taken_as_stable_are_stable():
    """No daughter without data is radioactive on the scale of a life unless the table of ends has it."""
    for name in ENDF.names():
        for mode in ENDF.modes(name):
            if math.isinf(ENDF.half_life_s(mode.daughter)):
                other = radioactivedecay.Nuclide(mode.daughter).half_life("y")
                assert other > 1e6, mode.daughter


@pytest.mark.parametrize(
    "text", ["", "Parent", "equilibrum", "from", "from:", "from:3", "from:-1h", "from:1 Bq", "from:nan h"]
)
def test_bad_choices(text):
    with pytest.raises(InputError, match="--chain"):
        parse_chain(text)


def test_nothing_is_left_after_sixty_half_lives():
    with pytest.raises(InputError, match="60 half-lives of Pb-212"):
        decay_chain("Pb-212", "from:100d", ENDF)


def test_unknown_nuclide_and_library():
    with pytest.raises(AdministrationError, match=r"Lu-177.*'Xx-1' came"):
        decay_chain("Xx-1", None, ENDF)
    with pytest.raises(InputError, match="endfb81, icrp107"):
        decay_library("endfb80")
