"""A worker that says hello like any other, and answers a script as its argument says."""

import json
import sys

HELLO = {
    "ok": True,
    "protocol": 1,
    "name": "babbling",
    "version": "0",
    "style": "tape",
    "offers": {"add": {"ops": "add"}},
    "verbs": ["backward"],
}
ARRAY = {"dtype": "float64", "shape": [], "b64": "AAAAAAAA8D8="}


def reply(kind: str, seq: int, count: int) -> str:
    """A reply to a script of `count` steps."""
    steps = [{"array": ARRAY}] * count
    replies = {
        "good": {"seq": seq, "steps": steps},
        "wrong seq": {"seq": seq + 1, "steps": steps},
        "too few": {"seq": seq, "steps": steps[1:]},
        "wrong bytes": {"seq": seq, "steps": [{"array": {**ARRAY, "b64": "AAAA"}}] * count},
        "objects": {"seq": seq, "steps": [{"array": {**ARRAY, "dtype": "O"}}] * count},
        "refusal": {"seq": seq, "ok": False, "error": {"kind": "invalid", "message": "no"}},
    }
    return json.dumps(replies[kind]) if kind in replies else kind


def main(kind: str) -> None:
    """Answer, `kind` deciding how."""
    for line in sys.stdin:
        request = json.loads(line)
        if request["kind"] == "hello":
            print(json.dumps({"seq": request["seq"], **HELLO}), flush=True)
        elif request["kind"] == "script":
            print(reply(kind, request["seq"], len(request["steps"])), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
