"""Development has a secret key of its own, made once and kept private."""

import stat
from concurrent.futures import ThreadPoolExecutor

from itsm_site.secret_key import development_key


def test_the_key_stays_the_same(tmp_path):
    assert development_key(tmp_path) == development_key(tmp_path)


def test_two_installations_differ(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert development_key(tmp_path / "a") != development_key(tmp_path / "b")


def test_only_the_owner_can_read_it(tmp_path):
    development_key(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_processes_that_start_together_agree(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: development_key(tmp_path), range(64)))
    assert len(keys) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret-key"]
