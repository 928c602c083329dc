"""Other people's programs, run unchanged, each in a process of its own. They lie in .venv/clients (`make test`)."""
