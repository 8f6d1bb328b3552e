"""The checks of .ci/run, one by one: `nox`, `nox -s lint`, `nox -s tests-3.12`."""

import nox

nox.options.sessions = ["lint", "types", "tests-3.11", "generated"]
nox.options.reuse_existing_virtualenvs = True


@nox.session(python=["3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def everything(session: nox.Session) -> None:
    """All tests, slow ones too, in random order, and which branches they cover."""
    session.install("-e", ".[dev]")
    session.run("python", "-m", "pytest", "-m", "slow or not slow", "--cov", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    session.install("-e", ".[dev]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    session.install("-e", ".[dev]")
    session.run("mypy")
    session.run("pyright")


@nox.session
def generated(session: nox.Session) -> None:
    session.install("-e", ".")
    session.run("nzdiff", "generate", "--check")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site into build/site and check its links."""
    session.install("-e", ".[docs]")
    session.run("python", "-m", "tools.site")


@nox.session
def release(session: nox.Session) -> None:
    """Rehearse a release, `nox -s release -- 0.2.0`; with `--tag` after it, tag it."""
    session.install(*nox.project.load_toml()["project"]["optional-dependencies"]["release"])
    session.run("python", "-m", "tools.release", *session.posargs)
