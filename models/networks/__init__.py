"""Every gaze network by name, on shared parts. Tensors only; `registry.build(name)` makes one."""
