"""Gaze in the languages that other programs already speak: Open Gaze API, Lab Streaming Layer, OSC.

Each output is one more subscriber of the hub. It takes the newest sample when it can, and nobody waits for it.
"""
