"""A worker that says hello like any other and then misbehaves as its argument says."""

import json
import sys
import time

HELLO = {
    "ok": True,
    "protocol": 1,
    "name": "garbage",
    "version": "0",
    "style": "tape",
    "offers": {"add": {"ops": "add"}},
    "limits": {"dtypes": ["float64"]},
}
ARRAY = {"dtype": "float64", "shape": [], "b64": "AAAAAAAA8D8="}
GOOD = {"values": [ARRAY], "grads": [ARRAY], "mutated": [], "seconds": 0.0}


def answer(kind: str, seq: int, i: int) -> str:
    """A reply to program `i`."""
    replies = {
        "good": {"seq": seq, "i": i, **GOOD},
        "silence": {"seq": seq, "i": i, **GOOD},
        "wrong seq": {"seq": seq + 1, "i": i, **GOOD},
        "wrong order": {"seq": seq, "i": i + 1, **GOOD},
        "too few values": {"seq": seq, "i": i, **GOOD, "values": []},
        "wrong bytes": {"seq": seq, "i": i, **GOOD, "values": [{**ARRAY, "b64": "AAAA"}]},
        "objects": {"seq": seq, "i": i, **GOOD, "values": [{**ARRAY, "dtype": "O"}]},
        "refusal": {"seq": seq, "ok": False, "error": {"kind": "invalid", "message": "no"}},
    }
    return json.dumps(replies[kind]) if kind in replies else kind


def main(kind: str) -> None:
    """Answer, `kind` deciding how."""
    for line in sys.stdin:
        request = json.loads(line)
        seq = request["seq"]
        if request["kind"] == "hello":
            print(json.dumps({"seq": seq, **HELLO}), flush=True)
        elif request["kind"] == "answers":
            for i, _ in enumerate(request["programs"]):
                while kind == "endless":
                    sys.stdout.write("x" * (1 << 20))
                if kind == "dies":
                    raise ValueError("what is add?")
                print(answer(kind, seq, i), flush=True)
                if kind == "silence":
                    time.sleep(1000)
            print(json.dumps({"seq": seq, "done": True}), flush=True)
        else:
            refusal = {"kind": "unsupported", "message": f"no {request['kind']} here"}
            print(json.dumps({"seq": seq, "error": refusal}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
