"""Secrets are named, never written: they come from Secrets that exist, as files."""

import re

import pytest

from rendering import ROOT, SERVICES, example, merged, render, strings

MOUNTED = "/run/secrets/chatire/"
# A password in a URL, unless the kubelet puts it in from a reference.
IN_A_URL = re.compile(r"://[^/@\s]*:(?!\$\([A-Z_]+\)@)[^/@\s]+@")


def secret_settings():
    """The settings that the services' code keeps as secrets: `database.url` and so on."""
    found = set()
    for source in ("service-kit", "auth-service", "chat-api", "ws-gateway"):
        text = (ROOT / source / "src/settings.rs").read_text()
        for struct, body in re.findall(r"pub struct (\w+) \{(.*?)\n\}", text, re.DOTALL):
            found |= {(struct.lower(), field) for field in re.findall(r"pub (\w+): (?:Option<)?(?:Secret|Credentials)\b", body)}
    return {f"CHATIRE__{struct}__{field}".upper() for struct, field in found}


def test_the_code_says_which_settings_are_secret():
    assert secret_settings() >= {
        "CHATIRE__DATABASE__URL",
        "CHATIRE__BUS__URL",
        "CHATIRE__INTERNAL__CREDENTIAL",
        "CHATIRE__KEYS__SECRET",
        "CHATIRE__MAIL__SMTP",
    }


def test_the_chart_makes_no_secret(chart):
    assert chart.all("Secret") == []
    for found in chart.objects:
        for path, text in strings(found):
            assert not IN_A_URL.search(text), f"{found['kind']} {found['metadata']['name']}{path}"


def test_no_secret_is_in_a_config_map(chart):
    maps = chart.all("ConfigMap")
    assert [found["metadata"]["name"] for found in maps] == ["chatire-edge"]
    for found in maps:
        for _, text in strings(found):
            assert not re.search(r"(?i)password|credential|secret|token|amqps?:|postgres(ql)?:", text)


@pytest.mark.parametrize("part", SERVICES)
def test_no_secret_is_a_value_in_the_environment(chart, part):
    settings = chart.environment(part)
    for name in secret_settings() & set(settings):
        # The one exception: put together by the kubelet, from an operator's Secret that has no URL.
        user, password = re.fullmatch(r"amqps?://\$\((\w+)\):\$\((\w+)\)@[a-z.-]+:567[12]/%2f", settings[name]).groups()
        assert name == "CHATIRE__BUS__URL"
        assert settings[user] == {"secretKeyRef": {"name": "chatire-rabbitmq-default-user", "key": "username"}}
        assert settings[password] == {"secretKeyRef": {"name": "chatire-rabbitmq-default-user", "key": "password"}}
        # References are put in only when they stand before.
        assert list(settings).index(password) < list(settings).index(name)
    for name, value in settings.items():
        if re.search(r"PASSWORD|CREDENTIAL|SECRET|SMTP|TOKEN(?!S__)", name) and "PASSWORDS__AT_ONCE" not in name:
            assert isinstance(value, dict) or value.startswith(MOUNTED), name


NEEDED = {
    "auth-service": {"CHATIRE__INTERNAL__CREDENTIAL", "CHATIRE__KEYS__SECRET", "CHATIRE__DATABASE__URL", "CHATIRE__BUS__URL"},
    "chat-api": {"CHATIRE__INTERNAL__CREDENTIAL", "CHATIRE__DATABASE__URL", "CHATIRE__BUS__URL"},
    "ws-gateway": {"CHATIRE__INTERNAL__CREDENTIAL", "CHATIRE__BUS__URL"},
}


@pytest.mark.parametrize("part", SERVICES)
def test_every_service_gets_its_secrets_and_no_others(chart, part):
    settings = chart.environment(part)
    given = {name.removesuffix("_FILE") for name in settings}
    mail = {"CHATIRE__MAIL__SMTP"} if part == "auth-service" and chart.values["mail"]["smtp"]["secret"] else set()
    assert given & secret_settings() == NEEDED[part] | mail

    volumes = {volume["name"]: volume for volume in chart.pod(part)["spec"]["volumes"]}
    sources = volumes["secrets"]["projected"]["sources"]
    files = [item["path"] for source in sources for item in source["secret"]["items"]]
    read = [value.removeprefix(MOUNTED) for value in settings.values() if str(value).startswith(MOUNTED)]
    assert sorted(files) == sorted(read) and len(files) == len(set(files))
    # Readable by the group, which is the process's, and by nobody else.
    assert volumes["secrets"]["projected"]["defaultMode"] == 0o440
    mounts = {mount["name"]: mount for mount in chart.container(part)["volumeMounts"]}
    assert mounts["secrets"] == {"name": "secrets", "mountPath": MOUNTED.rstrip("/"), "readOnly": True}


def test_databases_are_reached_with_tls(chart):
    for part in ("auth-service", "chat-api"):
        settings = chart.environment(part)
        assert settings["PGSSLMODE"] == "verify-full"
        assert settings["PGSSLROOTCERT"] == MOUNTED + "database-ca.crt"


def test_without_an_authority_of_ones_own_the_systems_are_believed():
    chart = render(merged(example("external-services"), {"postgres": {"external": {"ca": {"secret": ""}}}}))
    assert chart.environment("chat-api")["PGSSLROOTCERT"] == "/etc/ssl/certs/ca-certificates.crt"


def test_mails_have_somewhere_to_go(chart):
    settings = chart.environment("auth-service")
    mounts = {mount["mountPath"] for mount in chart.container("auth-service")["volumeMounts"]}
    if "CHATIRE__MAIL__SMTP_FILE" not in settings:
        # The root is read-only.
        assert settings["CHATIRE__MAIL__FOLDER"] in mounts
        assert "Mails are not sent" in chart.notes
    else:
        assert "Mails are not sent" not in chart.notes
