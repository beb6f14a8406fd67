"""A function with a backward of one's own: the softplus, whose naive form overflows.

With `import torch` in the first line it runs the same.
"""

import gradassay.reference_engine as torch


class Softplus(torch.autograd.Function):
    """log(1 + exp(x)), for any x."""

    @staticmethod
    def forward(ctx, x):
        """The value, and what backward needs."""
        ctx.save_for_backward(x)
        return torch.relu(x) + torch.log1p(torch.exp(-torch.abs(x)))

    @staticmethod
    def backward(ctx, g):
        """The cotangent of x: the derivative is the sigmoid."""
        (x,) = ctx.saved_tensors
        return g * torch.sigmoid(x)


points = [-1000.0, -1.0, 0.0, 1.0, 1000.0]

x = torch.tensor(points, requires_grad=True)
naive = torch.log(1 + torch.exp(x))
naive.sum().backward()
print("naive gradient", [round(v, 4) for v in x.grad.tolist()])

x = torch.tensor(points, requires_grad=True)
own = Softplus.apply(x)
own.sum().backward()
print("own gradient  ", [round(v, 4) for v in x.grad.tolist()])

# backward is recorded on demand, so the second derivative is there, too.
x = torch.tensor(0.5, requires_grad=True)
(first,) = torch.autograd.grad(Softplus.apply(x), x, create_graph=True)
(second,) = torch.autograd.grad(first, x)
s = torch.sigmoid(x).item()
print(f"second derivative {second.item():.6f}, by hand {s * (1 - s):.6f}")
