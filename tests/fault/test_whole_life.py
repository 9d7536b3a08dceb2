"""A site's whole life: whatever its servers, its articles and its cache went through, each run asks
for what RFC 9111 and docs/ say, calls each image what they say, and remembers and publishes just
that."""

import random

import faultd as faultd_module
import pytest
from living_site import Life
from sites import assert_whole

SHORT = (5, 9, 10)  # which found most of what was broken on purpose
FULL = 90


@pytest.fixture
def third_faultd():
    with faultd_module.Faultd("127.0.0.3") as server:
        yield server


@pytest.mark.parametrize("part", range(3))
def test_each_run_is_as_the_model_says(make_site, faultd, other_faultd, third_faultd, full, part):
    servers = [faultd, other_faultd, third_faultd]
    for seed in range(part, FULL, 3) if full else [SHORT[part]]:
        life = Life(make_site(f"site{seed}"), servers, random.Random(seed))
        for _ in range(50 if full else 15):
            life.step()
        assert_whole(life.site, life.said)
