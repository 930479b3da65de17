"""How the suite runs: the same examples every time, many more with ``HYPOTHESIS_PROFILE=thorough``."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("usual", derandomize=True, deadline=None, max_examples=25, suppress_health_check=_SLOW)
settings.register_profile("thorough", deadline=None, max_examples=400, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk() -> Iterator[None]:
    """Files are written as ever, but nobody waits until the disk has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test of many trials, and its processes, without measuring what it runs, which would double its time."""
    measuring = Coverage.current() if item.get_closest_marker("trials") else None
    if measuring is None:
        return (yield)
    measuring.stop()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.delenv("COVERAGE_PROCESS_START", raising=False)
            return (yield)
    finally:
        measuring.start()
