"""`python -m gradassay` is the command `gradassay`."""

from gradassay.suites.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
