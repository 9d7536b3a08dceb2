"""A site's whole life: whatever its servers, its articles and its cache went through, each run asks
for what RFC 9111 and docs/ say, calls each image what they say, and remembers and publishes just
that."""

import random

import faultd as faultd_module
import pytest
from living_site import Life


@pytest.fixture
def third_faultd():
    with faultd_module.Faultd("127.0.0.3") as server:
        yield server


@pytest.mark.parametrize("seed", range(3))
def test_each_run_is_as_the_model_says(make_site, faultd, other_faultd, third_faultd, full, seed):
    servers = [faultd, other_faultd, third_faultd]
    for number in range(seed, 90, 3) if full else [seed]:
        life = Life(make_site(f"site{number}"), servers, random.Random(number))
        for _ in range(60 if full else 15):
            life.step()
