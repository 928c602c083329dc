"""All gaze networks by name, built from shared parts. Tensors only; `registry.build(name)` makes one."""
