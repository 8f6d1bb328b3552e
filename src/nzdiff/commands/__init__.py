"""The commands of `nzdiff`, some to a file; `nzdiff.cli` puts them together."""
