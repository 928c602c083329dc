"""Every gaze network by name, on shared parts. Tensors only; `registry.build(name)` is the door."""
