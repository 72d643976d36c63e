"""Plugins of installed distributions: found, loaded late, and harmless when they are broken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from registry_kit import LAYER, Install

from recbox.errors import PluginError
from recbox.registry import KINDS, Registry


def test_a_plugin_is_found_by_its_entry_point(install: Install) -> None:
    install("acme", {"recbox.layer": {"acme-hop": "acme_hop:Hop"}}, acme_hop=LAYER)
    registry = Registry()
    assert "acme-hop" in registry.names("layer")
    assert registry.load("layer", "acme-hop").parse({"width_factor": 3}).values() == {"width_factor": 3}
    assert registry.distribution("layer", "acme-hop") == ("acme", "1.0")


def test_a_card_is_derived_from_the_class(install: Install) -> None:
    install("acme", {"recbox.layer": {"acme-hop": "acme_hop:Hop"}}, version="2.1", acme_hop=LAYER)
    card = next(c for c in Registry().cards("layer") if c.name == "acme-hop")
    assert (card.distribution, card.version, card.entry_point) == ("acme", "2.1", "acme_hop:Hop")
    assert card.summary == "A hop of a test's own."
    assert [(f.name, f.type, f.default) for f in card.fields] == [("width_factor", "int", "2")]
    assert card.fields[0].help == "How much wider the output is."
    assert ("linear", "yes") in card.capabilities


def test_names_import_nothing(install: Install) -> None:
    install("acme", {"recbox.layer": {"acme-hop": "acme_lazy:Hop"}}, acme_lazy="raise SystemExit(3)")
    registry = Registry()
    registry.names("layer")
    registry.distribution("layer", "acme-hop")
    assert "acme_lazy" not in sys.modules


def test_a_name_that_two_claim_names_both(install: Install) -> None:
    install("acme", {"recbox.layer": {"hop": "acme_hop:Hop"}}, acme_hop=LAYER)
    install("zeta", {"recbox.layer": {"hop": "zeta_hop:Hop"}}, zeta_hop=LAYER)
    registry = Registry()
    with pytest.raises(PluginError, match="2 distributions bring a layer 'hop': acme, zeta") as caught:
        registry.load("layer", "hop")
    assert caught.value.instead == "pick one with `use: acme:hop`"
    assert registry.load("layer", "acme:hop").__module__ == "acme_hop"
    assert registry.load("layer", "zeta:hop").__module__ == "zeta_hop"
    cards = [c for c in registry.cards("layer") if c.name == "hop"]
    assert [c.distribution for c in cards] == ["acme", "zeta"]
    assert cards[0].warning == "zeta has one of this name too: write `use: acme:hop`"
    assert not any(c.warning for c in registry.cards("layer") if c.name != "hop")


def test_nobody_takes_a_name_from_recbox(install: Install) -> None:
    install("acme", {"recbox.layer": {"gcn": "acme_hop:Hop"}}, acme_hop=LAYER)
    registry = Registry()
    assert registry.distribution("layer", "gcn")[0] == "recbox-graph"
    assert registry.load("layer", "acme:gcn").__module__ == "acme_hop"
    cards = {c.distribution: c.warning for c in registry.cards("layer") if c.name == "gcn"}
    assert cards["acme"] == "recbox-graph has one of this name too: write `use: acme:gcn`"


def test_a_copy_of_a_plugin_under_another_name_is_a_clash_too(install: Install) -> None:
    install("acme", {"recbox.layer": {"hop": "acme_hop:Hop"}}, acme_hop=LAYER)
    install("acme-fork", {"recbox.layer": {"hop": "acme_hop:Hop"}})
    with pytest.raises(PluginError, match="acme, acme-fork"):
        Registry().load("layer", "hop")


def test_one_distribution_that_lies_on_the_path_twice_is_no_clash(install: Install) -> None:
    install("acme", {"recbox.layer": {"hop": "acme_hop:Hop"}}, acme_hop=LAYER)
    install("acme", {"recbox.layer": {"hop": "acme_old:Hop"}}, version="0.9")
    assert Registry().load("layer", "hop").__module__ == "acme_hop"


def test_one_distribution_may_not_claim_a_name_twice(install: Install) -> None:
    install("acme", "[recbox.layer]\nhop = acme_hop:Hop\nhop = acme_hop:Other\n", acme_hop=LAYER)
    with pytest.raises(PluginError, match="acme brings 2 layers of the name 'hop'") as caught:
        Registry().load("layer", "hop")
    assert "acme:hop" not in caught.value.instead


NO_BUILD = "from recbox.plugin import Layer\nclass Hop(Layer):\n    pass\n"
RESERVED = LAYER.replace("width_factor", "weight")
BROKEN = [
    ("raise RuntimeError('no such driver')", "can't be loaded: RuntimeError: no such driver"),
    ("raise SystemExit(3)", "can't be loaded: SystemExit: 3"),
    ("def f(:", "can't be loaded: SyntaxError"),
    ("import a_package_not_here", "needs the module 'a_package_not_here', which is not installed"),
    ("Other = 1", "can't be loaded: AttributeError"),
    ("Hop = 1", "doesn't name an options class"),
    ("from recbox.plugin import Options\nclass Hop(Options):\n    pass\n", "a class of no kind, not a layer"),
    ("from recbox.plugin import Layer as Hop", "the class leaves out build"),
    (NO_BUILD, "the class leaves out build"),
    (RESERVED, "the option 'weight' is a reserved word of the recipe"),
    (
        LAYER.replace("return True", "raise ValueError('no idea')"),
        "can't describe itself: ValueError: no idea",
    ),
]


@pytest.mark.parametrize(("source", "cause"), BROKEN)
def test_a_broken_plugin_is_a_row_with_cause_and_remedy(install: Install, source: str, cause: str) -> None:
    install("acme", {"recbox.layer": {"acme-hop": "acme_broken:Hop"}}, acme_broken=source)
    cards = list(Registry().cards())
    card = next(c for c in cards if c.name == "acme-hop")
    assert cause in card.error
    assert "acme" in card.remedy
    assert (card.distribution, card.entry_point) == ("acme", "acme_broken:Hop")
    assert not next(c for c in cards if (c.kind, c.name) == ("layer", "lightgcn")).error


@pytest.mark.parametrize(
    ("requires", "remedy"),
    [
        ("a-package-not-here; extra == 'text'", "pip install 'acme[text]'"),
        ("a-package-not-here\nRequires-Dist: a-package-not-here; extra == 'text'",
         "pip install a-package-not-here, which acme needs"),
        ("another-not-here; extra == 'text'", "pip install a_package_not_here, which acme needs"),
    ],
)  # fmt: skip
def test_a_module_that_an_extra_brings_is_had_by_the_extra(
    install: Install, requires: str, remedy: str
) -> None:
    site = install("acme", {"recbox.layer": {"acme-hop": "acme_broken:Hop"}},
                   acme_broken="import a_package_not_here.inner")  # fmt: skip
    with next(site.glob("*.dist-info/METADATA")).open("a") as file:
        file.write(f"Provides-Extra: other\nProvides-Extra: text\nRequires-Dist: {requires}\n")
    card = next(c for c in Registry().cards() if c.name == "acme-hop")
    assert "needs the module 'a_package_not_here" in card.error
    assert card.remedy == remedy


def test_a_reserved_word_is_refused_with_the_entry_point(install: Install) -> None:
    install("acme", {"recbox.layer": {"acme-hop": "acme_hop:Hop"}}, acme_hop=RESERVED)
    with pytest.raises(PluginError, match=r"acme 1\.0, entry point acme-hop = acme_hop:Hop"):
        Registry().load("layer", "acme-hop")


def test_a_malformed_listing_is_a_row(install: Install) -> None:
    install("acme", "[recbox.layer]\nthis is no entry point\n")
    card = next(c for c in Registry().cards() if c.distribution == "acme")
    assert (card.kind, card.name) == ("layer", "this is no entry point")
    assert "entry_points.txt" in card.error


def test_a_distribution_without_metadata_still_works(install: Install) -> None:
    site = install("acme", {"recbox.layer": {"acme-hop": "acme_hop:Hop"}}, acme_hop=LAYER)
    next(site.glob("*.dist-info/METADATA")).unlink()
    registry = Registry()
    assert registry.load("layer", "acme-hop").__name__ == "Hop"
    assert registry.distribution("layer", "acme-hop")[0] == "unknown"


def test_other_groups_are_none_of_ours(install: Install) -> None:
    install("acme", {"recbox.nonsense": {"a": "b:C"}, "console_scripts": {"acme-hop": "b:C"}})
    assert not any(c.distribution == "acme" for c in Registry().cards())


def test_a_name_that_is_not_there_gives_the_nearest() -> None:
    with pytest.raises(PluginError, match="did you mean 'lightgcn'") as caught:
        Registry().load("layer", "lightgnc")
    assert caught.value.what == "there is no layer 'lightgnc'"
    with pytest.raises(PluginError, match="no layer 'acme:lightgcn'"):
        Registry().load("layer", "acme:lightgcn")


def test_every_kind_has_names() -> None:
    registry = Registry()
    assert all(registry.names(kind) for kind in KINDS)
    assert registry.names("nonsense") == []


@pytest.mark.parametrize("name", ["", ":", "a:", ":b", "a:b:c", "\n", "x" * 10_000])
def test_strange_names_are_typed_errors(name: str) -> None:
    with pytest.raises(PluginError):
        Registry().load("layer", name)


def test_an_interrupt_goes_through(install: Install, tmp_path: Path) -> None:
    install("acme", {"recbox.layer": {"acme-hop": "acme_stop:Hop"}}, acme_stop="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        Registry().load("layer", "acme-hop")
