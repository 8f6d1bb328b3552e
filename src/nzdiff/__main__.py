"""`python -m nzdiff` is the command `nzdiff`."""

from nzdiff.cli import app

if __name__ == "__main__":
    app()
