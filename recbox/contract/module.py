"""The laws of all kinds that build a torch module: encoder, layer, objective, head."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from recbox.context import Context
from recbox.contract.case import Case
from recbox.contract.kind import Modular
from recbox.contract.kinds import kind_of
from recbox.contract.law import Skip, broken, hold, law


@law(instead="derive dtypes from the inputs, and register tensors by register_buffer")
def dtype_is_followed(case: Case) -> None:
    """A module that was cast to float64 gives float64, and what it gave in float32 to 1e-4."""
    single, double = _outputs(case), _outputs(case, double=True)
    for name, value in single.items():
        if value.is_floating_point():
            hold(double[name].dtype == torch.float64, f"{name} is {double[name].dtype} in a float64 module")
            gap = float((double[name] - value.double()).detach().abs().max()) if value.numel() else 0.0
            hold(gap <= 1e-4 * max(1.0, float(value.detach().abs().max())), f"{name} differs by {gap:.2g}")


@law(instead="give device=x.device where you make a tensor, and register what you keep by register_buffer")
def device_is_followed(case: Case) -> None:
    """Tensors are made where the inputs are, and those that the module keeps move with it."""
    rig, inputs, module = _built(case)
    loose = [name for name, _ in _loose(module)]
    hold(not loose, f"tensors that .to(device) doesn't move: {', '.join(loose)}")
    expected = rig.call(module, inputs)
    with torch.device("meta"), _DrawsStay():  # a tensor that is made without a device is of no use now
        found = rig.call(module, inputs)
    for name, value in expected.items():
        hold(found[name].device == value.device, f"{name} is on {found[name].device}, not {value.device}")
        hold(torch.equal(found[name], value), f"{name} depends on the default device")


@law(instead="register parameters and buffers; what __init__ draws and neither holds is lost")
def state_is_saved_and_loaded(case: Case) -> None:
    """A module of another seed that loads this one's state gives the same, bit for bit."""
    from safetensors.torch import load, save

    rig, inputs, module = _built(case)
    state = {name: value.contiguous().clone() for name, value in module.state_dict().items()}
    other = rig.build(case, case.context.with_(seed=case.context.seed + 1), inputs).eval()
    other.load_state_dict(load(save(state)))
    expected, found = rig.call(module, inputs), rig.call(other, inputs)
    for name, value in expected.items():
        hold(torch.equal(found[name], value), f"{name} differs after loading")


@law(instead="use each parameter in forward, and detach nothing on the way")
def gradients_reach_every_parameter(case: Case) -> None:
    """Each parameter of the module gets a finite gradient from its outputs, and not all of it is 0; where it
    is at first, for a factor begins as zeros, then after a small move of all parameters."""
    rig, inputs, module = _built(case)
    parameters = dict(module.named_parameters())
    if not parameters:
        raise Skip("it has no parameters")
    zero: list[str] = []
    for moved in (False, True):
        if moved:
            _move(module, case.context)
        torch.autograd.backward(_scalar(rig.call(module, inputs), case.context))
        zero = [name for name, parameter in parameters.items() if _is_zero(name, parameter)]
        if not zero:
            return
    broken(f"the gradient of {zero[0]} is 0 everywhere")


def _is_zero(name: str, parameter: nn.Parameter) -> bool:
    gradient = parameter.grad
    if gradient is None:
        broken(f"{name} gets no gradient")
    hold(bool(torch.isfinite(gradient).all()), f"the gradient of {name} isn't finite")
    return not bool(gradient.any())


@torch.no_grad()
def _move(module: nn.Module, context: Context) -> None:
    generator = context.generator("contract.moved")
    for parameter in module.parameters():
        noise = torch.randn(parameter.shape, generator=generator, dtype=torch.float32)
        parameter.grad = None
        parameter.add_(0.01 * noise.to(parameter))


def _built(case: Case, double: bool = False) -> tuple[Modular, object, nn.Module]:
    kind = kind_of(case.kind)
    assert kind.modular is not None  # noqa: S101 (these laws are only asked of kinds that have one)
    inputs = kind.inputs(case, double)
    return kind.modular, inputs, kind.modular.build(case, case.context, inputs).eval()


def _outputs(case: Case, double: bool = False) -> Mapping[str, torch.Tensor]:
    rig, inputs, module = _built(case, double)
    return rig.call(module.double() if double else module, inputs)


def _loose(module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    """Tensors that modules keep as plain attributes."""
    for prefix, inner in module.named_modules():
        for name, value in vars(inner).items():
            if isinstance(value, torch.Tensor):
                yield f"{prefix}.{name}".strip("."), value


class _DrawsStay(TorchFunctionMode):
    """What is drawn from a generator is made where the generator is, as without a default device: streams are
    the CPU's on every device, so `torch.rand(n, generator=stream).to(x)` is right."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = dict(kwargs or {})
        stream = named.get("generator")
        if func in _DRAWS and stream is not None and named.get("device") is None:
            named["device"] = stream.device
        return func(*args, **named)


_DRAWS = (torch.rand, torch.randn, torch.randint, torch.randperm)


def _scalar(outputs: Mapping[str, torch.Tensor], context: Context) -> torch.Tensor:
    """Outputs times fixed random numbers, added up: a sum that no normalisation makes constant."""
    generator = context.generator("contract.scalar")
    terms = [
        (value * torch.randn(value.shape, generator=generator).to(value)).sum()
        for value in outputs.values()
        if value.requires_grad
    ]
    hold(bool(terms), "no output carries a gradient")
    return torch.stack(terms).sum()


LAWS = (
    dtype_is_followed,
    device_is_followed,
    state_is_saved_and_loaded,
    gradients_reach_every_parameter,
)
