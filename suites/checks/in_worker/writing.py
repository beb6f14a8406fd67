"""Writing in place, where it takes several views of one operation, or `out=`."""

from __future__ import annotations

from typing import Any

from .kit import constant, grad, leaf, raises


def one_of_several_views(torch: Any) -> Any:
    """Whether writing to the first part is an error, of a result's parts and of a constant's."""
    ways = {
        "split": lambda y: y.split(1),
        "unbind": lambda y: y.unbind(),
        "chunk": lambda y: y.chunk(2),
    }

    def write(way: Any, y: Any) -> None:
        way(y)[0].mul_(constant(torch, 2.0))

    found = {name: raises(write, way, leaf(torch, 1.0, 2.0) * 1) for name, way in ways.items()}
    found["of a constant"] = raises(write, ways["split"], constant(torch, 1.0, 2.0))
    return found


def out(torch: Any) -> Any:
    """`out=` for a recorded product, and its gradient; for one under `no_grad`; for constants."""
    x, w, z = leaf(torch, 1.0, 2.0), constant(torch, 0.0, 0.0), constant(torch, 0.0, 0.0)
    refused = raises(lambda: torch.mul(x, x, out=w))
    swept = not refused and not raises(lambda: w.sum().backward())
    found = {"recorded": "an error" if refused else grad(x) if swept else "lost"}
    with torch.no_grad():
        torch.mul(x, x, out=z)
    found["no_grad"] = z.tolist()
    torch.add(z, constant(torch, 1.0, 1.0), out=z)
    found["constants"] = z.tolist()
    return found
