"""What every test shares: one Hypothesis profile, in which nothing is judged by how long it took."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "amends",
    deadline=None,  # budgets belong to benchmarks/, never to tests
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("amends")

pytest_plugins = ["tests.plugins_database"]
