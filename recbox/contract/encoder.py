"""The laws of encoders."""

from __future__ import annotations

import torch

from recbox.contract.altered import emptied, kept, traded, unlike
from recbox.contract.attended import check_attended
from recbox.contract.case import Case
from recbox.contract.encoded import DIM, build, call, close, encoder, inputs, newcomers, one, whole
from recbox.contract.fresh import check_fresh, check_fresh_missing
from recbox.contract.given import check_given
from recbox.contract.gradient import check_gradient
from recbox.contract.kind import modular
from recbox.contract.law import Skip, broken, hold, law
from recbox.contract.missing import check_missing


@law(instead="return float [n, spec.dim], whatever spec.dim is")
def a_row_of_dim_for_each_node(case: Case) -> None:
    """Each node has one finite row of `spec.dim` columns, for several dims."""
    given = inputs(case)
    for node, nodes in given.nodes.items():
        for dim in (DIM, DIM // 2, 3 * DIM):
            out = one(case, node, given.train, case.context, dim).eval()(nodes)
            hold(isinstance(out, torch.Tensor), f"forward returns a {type(out).__name__}")
            hold(out.shape == (len(nodes), dim), f"{node}s, dim {dim}: {list(out.shape)}")
            hold(out.is_floating_point(), f"the rows are {out.dtype}")
            hold(bool(torch.isfinite(out).all()), f"{node}s, dim {dim}: some values aren't finite")


@law(instead="look rows up by `nodes`, and keep their order")
def row_i_belongs_to_node_i(case: Case) -> None:
    """Nodes in any order, and with repetitions, have the rows that they have in order."""
    for node, module, every in whole(case):
        count = len(every)
        mixed = torch.randint(count, (2 * count,), generator=case.context.generator("contract.nodes"))
        for nodes in (torch.arange(count).flip(0), mixed):
            close(module(nodes), every[nodes], f"{node} rows are {{}} off in another order")


@law(instead="pad with nothing, mask what is padded, and normalise no batch of nodes in evaluation mode")
def a_row_depends_on_its_node_alone(case: Case) -> None:
    """A node's row is the same, whichever other nodes are asked for: alone, in pairs, among all."""
    for node, module, every in whole(case):
        for size in (1, 2, 5):
            parts = torch.cat(
                [module(part) for part in torch.chunk(torch.arange(len(every)), len(every) // size)]
            )
            close(parts, every, f"{node} rows are {{}} off when {size} are asked for at a time")


@law(instead="let an empty list of nodes through; it is what a batch without them asks for")
def no_nodes_give_no_rows(case: Case) -> None:
    """An empty list of nodes gives float `[0, dim]`."""
    for node, module, every in whole(case):
        out = module(torch.arange(0))
        right = out.shape == (0, DIM) and out.dtype == every.dtype
        hold(right, f"for no {node}s it gives {out.dtype} {list(out.shape)}")


@law(instead="have a vector for what is missing, and guard means over nothing")
def unseen_nodes_and_missing_features_are_finite(case: Case) -> None:
    """Nodes without a training interaction, and nodes of which features are missing, have finite rows and
    give finite gradients; so do all where only one has any."""
    given = inputs(case)
    for node in given.nodes:
        for what, train in (
            ("as they are", given.train),
            ("but one without values", emptied(given.train, node)),
        ):
            module = one(case, node, train, case.context).eval()
            out = module(given.nodes[node])
            wrong = (~torch.isfinite(out).all(1)).nonzero().flatten().tolist()
            hold(not wrong, f"{node}s {what}: rows {wrong[:5]} aren't finite")
            if out.requires_grad:
                torch.autograd.backward(out.square().sum())
            for name, parameter in module.named_parameters():
                finite = parameter.grad is None or bool(torch.isfinite(parameter.grad).all())
                hold(finite, f"{node}s {what}: the gradient of {name} isn't finite")


@law(instead="list in `needs` the columns that build() reads, or in `needs_any` types of which one will do")
def what_it_needs_is_enough(case: Case) -> None:
    """With all columns dropped but those of `needs` and `needs_any` it gives the same rows; one column of the
    types in `needs_any` is enough."""
    own, given = encoder(case), inputs(case)
    for node, _, every in whole(case):
        nodes = given.train.nodes(node)
        useful = [c.name for c in nodes.columns if c.name in own.needs or c.type in own.needs_any]
        out = one(case, node, kept(given.train, node, useful), case.context).eval()(given.nodes[node])
        close(out, every, f"{node} rows are {{}} off without the columns that it doesn't need")
        for c in nodes.columns:
            if c.type in own.needs_any:
                train = kept(given.train, node, {c.name, *own.needs})
                out = one(case, node, train, case.context).eval()(given.nodes[node])
                hold(bool(torch.isfinite(out).all()), f"with {c.name} alone some {node} rows aren't finite")


@law(instead="drop it from `needs` or `needs_any`; where it is needed, let build() raise without it")
def what_it_needs_is_needed(case: Case) -> None:
    """Without a column of `needs`, or without any of the types in `needs_any`, it refuses to be built."""
    own, given = encoder(case), inputs(case)
    asked = [{name} for name in sorted(own.needs)]
    if not asked and not own.needs_any:
        raise Skip("it needs no columns")
    for node in given.nodes:
        columns = given.train.nodes(node).columns
        any_of = {c.name for c in columns if c.type in own.needs_any}
        for gone in [*asked, *([any_of] if any_of else [])]:
            rest = {c.name for c in columns} - gone
            try:
                one(case, node, kept(given.train, node, rest), case.context)
            except Exception:  # noqa: S112 (any error of its own will do)
                continue
            broken(f"it is built for {node}s without {', '.join(sorted(gone))}")


@law(instead="look up features by the row of spec.train.nodes(spec.node).table, and sort no table")
def features_are_those_of_the_node(case: Case) -> None:
    """Where it needs columns, two nodes that trade their values have other rows afterwards."""
    if not encoder(case).needs | encoder(case).needs_any:
        raise Skip("it needs no columns")
    given = inputs(case)
    for node, _, every in whole(case):
        a, b = unlike(given.train.nodes(node))
        after = one(case, node, traded(given.train, node, a, b), case.context).eval()(given.nodes[node])
        moved = (after - every).detach().abs().amax(1)
        for i in (a, b):
            hold(
                float(moved[i]) > 1e-6, f"{node} {i} traded its values with another, and its row is the same"
            )


@law(instead="encode by training's tables; what they don't hold is missing, and keep nothing of a new node")
def fresh_nodes_are_read_as_known_ones(case: Case) -> None:
    """Where it is `inductive` or `by_history`, new nodes with the features of known ones (with `by_id` their
    ids too, with `by_history` what they have, in its order) have their rows, each whichever others come with
    it; those without features, without columns, without a history, and with values that were never there have
    finite rows; neither the table, the histories nor the module is changed by it."""
    if not (encoder(case).inductive or encoder(case).by_history):
        raise Skip("it says that it knows the nodes of training alone")
    for node, module, every in whole(case):
        table, had = newcomers(case, node)
        check_fresh(module, every, table, had, node)


@law(instead="draw for all nodes and look up `nodes`, in training alone; return bool [n], or None")
def what_is_missing_is_said_of_each_node(case: Case) -> None:
    """Where the module has `missing`, it gives bool `[n]` or None. A node that is asked for twice has one
    answer, and in evaluation always the same."""
    asked = [given for given in whole(case) if callable(getattr(given[1], "missing", None))]
    if not asked:
        raise Skip("its module has no `missing`")
    for node, module, every in asked:
        check_missing(node, module, len(every), case.context)


@law(instead="answer by the row of features and the history alone, as `missing` does for known nodes")
def what_is_missing_is_said_of_new_nodes(case: Case) -> None:
    """Where the module has `fresh_missing`, it gives bool `[n]` or None. New nodes with the features, and the
    history, of known ones are missing where those are, whichever others come with them; one without columns
    and without a history is missing, unless it says None."""
    asked = [given for given in whole(case) if callable(getattr(given[1], "fresh_missing", None))]
    if not asked:
        raise Skip("its module has no `fresh_missing`")
    for node, module, _ in asked:
        check_fresh_missing(module, *newcomers(case, node), node)


@law(instead="return a finite float32 row for each node, in the order of spec.train.nodes(spec.node)")
def given_vectors_are_those_of_the_nodes(case: Case) -> None:
    """Where it is `given`, `vectors` gives a finite row for each node, without a graph, the same again, and,
    where it reads no histories, for nodes in another order the same rows in that order."""
    own, given = encoder(case), inputs(case)
    if not own.given:
        raise Skip("it starts from no given vectors")
    for node in given.nodes:
        check_given(own, given.train, case.context, node)


@law(instead="keep the rows of others detached, put those of `nodes` into their places, and renew all")
def attended_nodes_have_their_gradients(case: Case) -> None:
    """Where its module has `attend`: after `attend(nodes)` all rows are as without it, for parameters that
    stayed, and the gradients of the rows of `nodes` are those of the full pass, in several passes too; after
    `attend(None)`, and in evaluation mode, rows are those of the parameters as they are."""
    given = inputs(case)
    for node, nodes in given.nodes.items():
        module, other = (one(case, node, given.train, case.context).train() for _ in range(2))
        if not hasattr(module, "attend"):
            raise Skip("its module has no method `attend`")
        check_attended(module, other, len(nodes), case.context, node)


@law(instead="check the backward pass of what you wrote yourself; don't detach or round")
def gradients_are_right(case: Case) -> None:
    """The gradients of parameters are those of finite differences, in float64."""
    given, checked = inputs(case), 0
    for node, module, _ in whole(case):
        nodes, cast = given.nodes[node][::5], module.double()
        for name, parameter in list(cast.named_parameters()):
            check_gradient(cast, name, parameter, nodes)
            checked += 1
    if not checked:
        raise Skip("it has no parameters")


KIND = modular(
    (
        a_row_of_dim_for_each_node,
        row_i_belongs_to_node_i,
        a_row_depends_on_its_node_alone,
        no_nodes_give_no_rows,
        unseen_nodes_and_missing_features_are_finite,
        what_it_needs_is_enough,
        what_it_needs_is_needed,
        features_are_those_of_the_node,
        fresh_nodes_are_read_as_known_ones,
        what_is_missing_is_said_of_each_node,
        what_is_missing_is_said_of_new_nodes,
        given_vectors_are_those_of_the_nodes,
        attended_nodes_have_their_gradients,
        gradients_are_right,
    ),
    inputs,
    build,
    call,
)
