"""Known users who took more since the method was fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from recbox.artifact import longer
from recbox.errors import OptionError, UnsupportedError


def had(fitted, user) -> list:
    """Ids of what a user has in the part that was fitted on."""
    data = fitted.dataset
    x = data.interaction.take(fitted.artifact.fitted)
    inner = data.user.ids.to_list().index(user)
    return data.item.ids.gather(x.item[x.user == inner]).to_list()


def unseen(fitted, user):
    return fitted.recommend(user, 1)["item"][0]


def test_of_a_sum_over_items_it_is_the_score_of_a_new_user_with_all_of_it(fitted):
    """EASE knows a user by the items alone."""
    user = fitted.some_user()
    more = unseen(fitted, user)
    found = fitted.recommend(user, 9, history=[more])
    fresh = fitted.recommend(history=[*had(fitted, user), more], k=9)
    expected = dict(zip(fresh["item"], fresh["score"]))
    assert more not in found["item"]
    for item, score in zip(found["item"], found["score"]):
        assert score == pytest.approx(expected[item], abs=1e-6)


def test_a_network_goes_on_from_the_vector_that_it_learned(vectors):
    """With nothing new but what it had, the list is the list; with one more, item and scores change."""
    user = vectors.some_user()
    before = vectors.recommend(user, 5)
    again = vectors.recommend(user, 5, history=had(vectors, user)[:1])
    assert again["item"].to_list() == before["item"].to_list()
    assert again["score"].to_list() == pytest.approx(before["score"].to_list(), abs=1e-5)
    after = vectors.recommend(user, 5, history=[before["item"][0]])
    assert before["item"][0] not in after["item"]
    assert after["user"].unique().to_list() == [user]
    stranger = vectors.recommend(history=[*had(vectors, user), before["item"][0]], k=5)
    assert stranger["score"].to_list() != pytest.approx(after["score"].to_list(), abs=1e-3)


def test_each_has_its_own(vectors, tmp_path: Path):
    one, two = vectors.dataset.user.ids.head(2).to_list()
    more = {one: [unseen(vectors, one)], two: [unseen(vectors, two)]}
    both = vectors.recommend([two, one], 4, history=more)
    for user, items in more.items():
        alone = vectors.recommend(user, 4, history=items)
        own = both.filter(pl.col("user") == user)
        assert own["item"].to_list() == alone["item"].to_list()
        assert own["score"].to_list() == pytest.approx(alone["score"].to_list(), abs=1e-5)
    path = tmp_path / "more.csv"
    pl.DataFrame({"user": [one, two], "item": [more[one][0], more[two][0]]}).write_csv(path)
    assert vectors.recommend([two, one], 4, history=path).equals(both)


def test_weights_and_times_of_before_are_kept(fitted):
    """The newest last: what came after stands behind what was there."""
    x = fitted.dataset.interaction
    rows = fitted.artifact.fitted[x.user[fitted.artifact.fitted] == 3]
    since = np.array([8]), np.array([2.5], np.float32)
    before = x.item[rows], x.weight[rows]
    new = longer(fitted.artifact.user, np.array([3]), [before], [since])
    assert new.history.lists()[0][0] == 8
    weight = dict(zip(x.item[rows], x.weight[rows], strict=True))
    weight[8] = weight.get(8, 0) + 2.5
    assert dict(zip(new.item.tolist(), new.weight.tolist())) == pytest.approx(weight)
    assert new.known.tolist() == [3]


@pytest.mark.parametrize(
    ("users", "history", "what"),
    [
        ([1, 2], [10], "whose it is"),
        ([1], {2: [10]}, "wasn't asked for"),
        ([1], {99: [10]}, "99"),
        ([1], [999], "999"),
        ([1], [], "empty"),
    ],
)
def test_what_fits_nobody_is_refused(fitted, users, history, what):
    with pytest.raises(OptionError, match=what):
        fitted.recommend(users, 3, history=history)


def test_a_method_that_knows_users_by_id_alone_says_so(graph, tmp_path: Path):
    from recbox.api.load import load
    from recbox.api.run import run

    found = load(run({**graph, "layer": []}, out=tmp_path / "mf").folder)
    with pytest.raises(UnsupportedError, match="no new users"):
        found.recommend(found.some_user(), 3, history=[unseen(found, found.some_user())])


def test_ids_are_looked_up_all_at_once(fitted, monkeypatch):
    from recbox.recommend import lookup, since

    users = fitted.dataset.user.ids.head(5).to_list()
    items = fitted.dataset.item.ids.head(9).to_list()
    asked = []
    for room in (since, lookup):
        monkeypatch.setattr(
            room, "find_users", lambda *given, find=room.find_users: asked.append(given) or find(*given)
        )
    fitted.recommend(users, 3, history=dict.fromkeys(users, items))
    assert len(asked) == 3  # users asked for, items, users named
