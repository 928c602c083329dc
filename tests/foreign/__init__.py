"""Other people's programs, unchanged, each in its own process. `make test` installs them into .venv/clients."""
