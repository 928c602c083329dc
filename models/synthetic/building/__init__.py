"""Builds the renderer's assets from clones of their source repositories (see ../build_assets.md)."""
