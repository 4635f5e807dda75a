"""`flask secrets rotate` as a process: killed half way, then finished by another run, with nothing lost."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from db import sealed
from db.encryption import Keyring
from settings import DATABASE_URL_FILE, ENCRYPTION_KEY_FILE, Settings
from tests.commands.conftest import Flask
from tests.db.conftest import new_encryption_key
from tests.rows import add_channel
from tests.web.api.world import rows

ROOT = Path(__file__).parents[2]
SECRETS = 200
OLD, NEW = new_encryption_key(), new_encryption_key()


@pytest.fixture
def encrypted(engine: Engine) -> None:
    """Many tokens, all encrypted with the old key."""
    keyring = Keyring([OLD])
    with engine.begin() as connection:
        for number in range(SECRETS):
            token = keyring.encrypt(f"EAAG-{number}", sealed.ACCESS_TOKEN)
            add_channel(connection, "default", str(90_000 + number), access_token=token)


def rotation(database: str, *options: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    given = {"DATABASE_URL": database, "WHATSAPP_ENCRYPTION_KEY": f"{NEW},{OLD}", "PYTHONUNBUFFERED": "1"}
    command = [Path(sys.executable).with_name("flask"), "secrets", "rotate", *options]
    return subprocess.Popen(command, cwd=ROOT, env={**kept, **given}, stdout=subprocess.PIPE, text=True)


def opened(engine: Engine, *keys: str) -> list[str]:
    """What the stored tokens open to."""
    keyring = Keyring(list(keys))
    stored = rows(engine, "SELECT access_token FROM channels ORDER BY phone_number_id")
    return [keyring.decrypt(row.access_token, sealed.ACCESS_TOKEN) for row in stored]


def newly(engine: Engine) -> int:
    prefix = Keyring([NEW]).current_prefix
    return len(rows(engine, "SELECT FROM channels WHERE access_token LIKE :prefix", prefix=f"{prefix}%"))


def test_killed_half_way_it_is_finished_by_the_next_run_and_no_secret_is_lost(
    database: str, engine: Engine, encrypted: None
) -> None:
    expected = [f"EAAG-{number}" for number in range(SECRETS)]
    with rotation(database, "--batch", "2") as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline().startswith("2 done")
        killed.send_signal(signal.SIGKILL)
    assert 0 < newly(engine) < SECRETS
    assert opened(engine, NEW, OLD) == expected
    before = newly(engine)
    with rotation(database) as finishing:
        said, _ = finishing.communicate(timeout=60)
    assert finishing.returncode == 0
    assert f"{SECRETS - before} secrets encrypted with the first key; none needs an older one." in said
    assert opened(engine, NEW) == expected


def test_what_make_run_keeps_in_data_dir_is_enough_for_the_commands(
    flask: Flask, database: str, encrypted: None, tmp_path: Path
) -> None:
    (tmp_path / DATABASE_URL_FILE).write_text(f"{database}\n")
    (tmp_path / ENCRYPTION_KEY_FILE).write_text(f"{OLD}\n")
    kept = {"DATABASE_URL": "", "WHATSAPP_ENCRYPTION_KEY": "", "DATA_DIR": str(tmp_path)}
    assert "open what is stored" in flask("secrets", "check", **kept).stdout
    for command in ("tenants", "channels", "users", "keys", "audit"):
        assert flask(command, "list", **kept).exit_code == 0
