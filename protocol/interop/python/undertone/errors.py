"""Refusals, with the codes of registry/errors.json."""


class Refused(Exception):
    """The input is refused or proves nothing; `code` says why."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def require(holds, code: str) -> None:
    if not holds:
        raise Refused(code)
