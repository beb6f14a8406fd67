"""`python -m gradassay.suites.trust`."""

from .trust import main

if __name__ == "__main__":
    raise SystemExit(main())
