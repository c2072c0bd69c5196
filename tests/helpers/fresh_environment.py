"""The project as somebody installs it: built from a copy of its sources, into an environment of its own."""

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_BUILT_FROM = ("facepipe", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.cfg")


def copy_sources(to: Path) -> Path:
    """What the project is built from, copied to `to`: its package, and what MANIFEST.in names.

    A build leaves files beside its sources, and takes along what an older one left.
    """
    lines = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()
    named = [name for line in lines if line.startswith(("include ", "graft ")) for name in line.split()[1:]]
    left_out = shutil.ignore_patterns("__pycache__", "out")
    to.mkdir(parents=True)
    for name in (*_BUILT_FROM, *named):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=left_out)
        else:
            shutil.copyfile(ROOT / name, to / name)
    return to


def build(kind: str, sources: Path, to: Path) -> Path:
    """The "wheel" or "sdist" of a project, built without the network by the setuptools of this environment."""
    to.mkdir(parents=True, exist_ok=True)
    hook = f"import sys, setuptools.build_meta as b; print(b.build_{kind}(sys.argv[1]))"
    made = _run([sys.executable, "-c", hook, str(to)], cwd=sources)
    return to / made.stdout.splitlines()[-1]


@dataclass(frozen=True)
class Environment:
    """A virtual environment with nothing but the wheels it was made for, and what they need from this one."""

    folder: Path

    def run(self, program: str, *arguments: object, cwd: Path | None = None, check: bool = True):
        """Run one of its programs ("python", "facepipe") elsewhere than in the project; must exit 0 with `check`."""
        command = [str(self.folder / "bin" / program), *map(str, arguments)]
        return _run(command, cwd=cwd or self.folder, check=check, PYTHONWARNINGS="error")


def fresh_environment(folder: Path, *wheels: Path) -> Environment:
    """A new virtual environment in `folder` with the wheels installed; their dependencies are those of this one.

    A .pth file names this environment's folders of packages. An editable facepipe in these is not found through it,
    since the .pth files that lie there are not read.
    """
    _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    python = folder / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check"]
    _run([sys.executable, "-m", "pip", "--python", str(python), *install, *map(str, wheels)])
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(_run([str(python), "-I", "-c", ask]).stdout.strip())
    here = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    (packages / "dependencies.pth").write_text("".join(f"{path}\n" for path in here), encoding="utf-8")
    return Environment(folder)


def _run(command: list[str], cwd: Path | None = None, check: bool = True, **more: str) -> subprocess.CompletedProcess:
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")} | more
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=300)
    if check:
        assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done
