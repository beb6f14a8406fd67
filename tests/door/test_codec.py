"""Arrays go through the wire unchanged, to the last bit."""

import json

import numpy as np
import pytest
from gradassay.suites import worker

ARRAYS = [
    np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324]),
    np.array(-0.0),
    np.zeros((0, 3)),
    np.arange(6.0).reshape(2, 3).T,
    np.arange(6, dtype=np.float32)[::-2],
    np.array([1.5, 65504], np.float16),
    np.array([[1 + 2j, complex(np.nan, -0.0)]]),
    np.array([True, False]),
    np.array([-(2**63), 2**63 - 1]),
    np.array([1.0, 2.0], ">f8"),
]


@pytest.mark.parametrize("array", ARRAYS, ids=repr)
def test_an_array_comes_back_with_the_same_bits(array):
    import base64

    sent = json.loads(json.dumps(worker.encode_array(array)))
    back = worker.decode_array(sent["dtype"], sent["shape"], base64.b64decode(sent["b64"]))
    assert back.shape == array.shape
    assert back.dtype == array.dtype.newbyteorder("=")
    assert back.tobytes() == array.astype(back.dtype).tobytes()
    assert back.flags.writeable


def test_bfloat16_comes_back_as_the_float32_that_holds_it():
    bits = np.array([0x3F80, 0xC000, 0x7FC0], "<u2")
    back = worker.decode_array("bfloat16", (3,), bits.tobytes())
    np.testing.assert_array_equal(back, np.array([1.0, -2.0, np.nan], np.float32))


def test_objects_are_refused():
    with pytest.raises((ValueError, TypeError)):
        worker.decode_array("O", (1,), b"12345678")


@pytest.mark.parametrize("layout", ["C", "F", "reversed", "strided"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 1, 3)])
def test_a_layout_changes_the_memory_and_not_the_entries(layout, shape):
    array = np.arange(float(np.prod(shape))).reshape(shape)
    buffer, view = worker.arrange(array, "float32", layout)
    np.testing.assert_array_equal(view, array.astype(np.float32), strict=True)
    assert view.flags.writeable
    assert view.size == 0 or np.shares_memory(view, buffer)
    if array.ndim == 2:
        assert view.flags.c_contiguous == (layout == "C")
        assert view.flags.f_contiguous == (layout == "F")


@pytest.mark.parametrize("junk", ["text", [1.0, [2.0]], object(), np.array([None]), {1: 2}])
def test_what_is_no_array_of_numbers_is_a_type_error(junk):
    with pytest.raises(TypeError, match="the value is a "):
        worker.numbers(junk, "the value")


@pytest.mark.parametrize("scalar", [2, 2.0, np.float64(2), np.array(2.0), True + 1])
def test_a_plain_number_is_a_float64_scalar(scalar):
    np.testing.assert_array_equal(worker.numbers(scalar, "the value"), np.array(2.0), strict=True)
