"""Why each difference on docs/engines.md is the engine's: what its source does, by engine and op.

Each was traced in the engine's own source, with the script that `gradassay check` left.
"""

from collections.abc import Mapping

SMOOTH = "of its square, which is smooth there, the slope is 0, and NaN is none"

CAUSES: Mapping[str, Mapping[str, str]] = {
    "autograd": {
        "hypot": f"its rule is `g * x / ans`, which is 0/0 at the origin; {SMOOTH}",
        "linalg.diagonal": "`make_diagonal` builds a square matrix, whatever the shape was",
        "permute_dims": "`argsort(axes)` undoes no permutation with negative axes",
        "prod": "its rule divides by the entries, one of which is 0",
        "repeat": "`np.prod(())` is the float 1.0, and an axis that is negative is cut wrongly",
        "roll": "`-shift` of a tuple of shifts",
        "std": f"its rule divides by the standard deviation, which is 0; {SMOOTH}",
        "tile": "it splits axes from the left, though `tile` adds axes on the left, and 0 times",
        "where": "its rule does not sum over axes that were broadcast",
        "clip": "its rule does not sum over axes that the bounds broadcast",
    },
    "dezero": {
        "expand_dims": "`shape.insert(axis, 1)` puts a negative axis one place too far left",
        "max": "negative axes do not match in `max_backward_shape`; ties get 1 each, not 1 in all",
        "min": "as `max`",
        "pow": "its rule is `c * x ** (c - 1)`, which is 0 times infinity for `x ** 0` at 0",
        "sum": "it asks a tuple of axes for `len` instead of `__len__`, and wraps it once more",
    },
    "jax": {
        "std": "the square root's slope is infinite at a variance of 0, times 0 is NaN; the "
        "deviation of one number is 0 everywhere",
    },
    "micrograd": {
        "pow": "its rule is `n * x ** (n - 1)`, which Python refuses at 0 for `x ** 0`",
    },
    "minitorch": {
        "sum": "its rule multiplies by `out.grad` without putting back the axis that was summed",
    },
    "mygrad": {
        "clip": "it is `minimum` of `maximum`",
        "max": "it reshapes with −1 beside a size of 0, which leaves the −1 open",
        "maximum": "where both are equal it gives 0 to both, which no slope of maximum(x, x) is",
        "minimum": "as `maximum`",
        "nn.functional.conv2d": "it takes a dilated window for as wide as its size times the "
        "dilation, which is a gap too many",
        "repeat": "its rule has no window for a result without entries",
        "std": "its rule divides by the standard deviation; of one number that is 0 everywhere, "
        "and so is its slope",
    },
    "mlx": {
        "linalg.diagonal": "it gathers, and the scatter of its sweep takes no sizes of 0",
        "maximum": "at a tie all goes to the second (`less_equal`), and so it does in `minimum`: "
        "of their sum, which is x + y, one gets 2 and the other 0",
        "minimum": "as `maximum`",
        "pow": "its rule is `x ** (y - 1) * y`, which is infinity times 0 for `x ** 0` at 0",
        "prod": "of no entries, in an array made from numpy, it gives 0, not the empty product",
        "std": "it is `sqrt(var)`: the slope is infinite at a variance of 0, and times 0 NaN",
        "take": "from an array without entries its sweep divides integers by 0, which ends the "
        "process",
        "vecdot": "it looks for the axis in both arguments as it is, of which one has fewer",
        "where": "its rule multiplies the cotangent by the mask, which is NaN if that is infinite",
    },
    "pytensor": {
        "cumulative_prod": "its rule divides by the entries, one of which is 0",
        "logaddexp": "it is `log` of a sum of `exp`, which overflows",
        "max": "its rule gives each of several largest entries the whole cotangent",
        "maximum": "as `max`, and so does `minimum`: of their sum, which is x + y, one gets 2",
        "min": "as `max`",
        "minimum": "as `maximum`",
        "permute_dims": "negative axes reach `DimShuffle` as they are",
        "prod": "of a single number its rule gives 0",
        "roll": "it slices a tensor of rank 0",
        "reciprocal": "its Python code divides `np.float32(1.0)` by the number: single precision",
        "log": "of its slope: as `reciprocal`",
        "pow": "rewritten with `reciprocal`",
        "expand_dims": "of what `reciprocal` gave",
        "special.logsumexp": "it is `log` of a sum of `exp`, which overflows where no rewriting "
        "knows it",
        "std": "as `var`",
        "var": "it divides by each axis's size less `ddof`, not by their product less `ddof`",
    },
    "smallpebble": {
        "add": "`broadcastinfo` takes an axis of 1 that met one of 0 for not repeated",
        "multiply": "as `add`",
        "subtract": "as `add`",
        "divide": "as `add`",
        "matmul": "its rule swaps the last two axes of a vector",
        "max": "`maxax` reshapes swapped axes without swapping them back, for tensors of rank 3",
        "special.softmax": "it asks for the largest of no entries",
        "where": "its rule does not see that the condition broadcast its arguments",
    },
    "tensorflow": {
        "cumulative_prod": "its rule divides by the entries, one of which is 0",
        "logaddexp": "it is `maximum` plus a term of `abs`: at equal arguments, where it is "
        "smooth, one side gets all",
        "maximum": "at a tie `maximum` and `minimum` both give all to the first: of their sum, "
        "which is x + y, it gets 2",
        "minimum": "as `maximum`",
        "permute_dims": "`invert_permutation` refuses the negative axes that forward took",
        "pow": "its rule is `y * x ** (y - 1)`, which is 0 times infinity for `x ** 0` at 0",
        "sort": "the gather of its rule steps by the size of the axis, which is 0",
    },
    "torch": {
        "clip": "its rule sums into a result of the shape before the bounds broadcast it",
        "hypot": f"its rule is `grad * (self / result)`, which is 0/0 at the origin; {SMOOTH}",
    },
    "tinygrad": {
        "asin": "a polynomial that is right to 2e-8, in float64 as well; its `sign(x)` has slope 0 "
        "at 0",
        "acos": "as `asin`",
        "atan": "as `asin`, of which it is made",
        "sort": "its steps are `contiguous`: once a value was read they are buffers, and the sweep "
        "ends there",
        "multiply": "of what `sort` gave: as `sort`",
    },
}
