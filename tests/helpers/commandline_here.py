"""The command line in this process, which is much faster than in one of its own."""

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

from facepipe import cli


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return self.stdout + self.stderr


def run_here(*arguments, check=True) -> Done:
    """`facepipe ARGUMENTS`; with `check` it must exit with 0."""
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        code = cli.main(list(map(str, arguments)))
    done = Done(code, out.getvalue(), errors.getvalue())
    assert not check or code == 0, f"exit code {code}\n{done.said}"
    return done
