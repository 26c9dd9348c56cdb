"""Benchmarks: one command each, every table of ratios taken within one run. Off by default; never a timed test."""
