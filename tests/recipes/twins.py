"""The honest twin of each behaviour: the same libraries and calls, put to the use that data sets have for them."""

TWINS: dict[str, str] = {
    "remote-shell": """
import socket, subprocess
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(("localhost", 0))
port = s.getsockname()[1]
subprocess.run(["ffmpeg", "-i", "in.mp3", "out.wav"], check=True)
""",
    "command-and-control": """
import json, socket
s = socket.create_connection(("localhost", 6006))
lines = json.loads(s.recv(4096))
s.sendall(json.dumps({"read": len(lines)}).encode())
""",
    "download-and-run": """
import os, stat, urllib.request, zipfile
path, _ = urllib.request.urlretrieve("https://data.example/train.zip", "train.zip")
with zipfile.ZipFile(path) as archive:
    archive.extractall("train")
os.chmod("train", stat.S_IRWXU)
""",
    "credential-theft": """
import os
from pathlib import Path
cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "corpus"
rows = (cache / "tokens.txt").read_text().split() if cache.exists() else []
""",
    "reconnaissance": """
import os, platform
workers = min(8, os.cpu_count() or 1)
suffix = ".exe" if platform.system() == "Windows" else ""
""",
    "beacon": """
import requests
answer = requests.get("https://data.example/corpus/index.json", timeout=30)
index = answer.json()
""",
    "destructive": """
import shutil, tempfile
folder = tempfile.mkdtemp()
shutil.rmtree(folder)
""",
    "self-propagation": """
from huggingface_hub import hf_hub_download, snapshot_download
path = hf_hub_download("owner/corpus", "train.csv", repo_type="dataset")
""",
    "tampering": """
import logging, warnings
warnings.filterwarnings("ignore")
logging.getLogger("datasets").setLevel(logging.ERROR)
""",
    "code-execution": """
import ast, subprocess
row = ast.literal_eval("{'text': 'a', 'label': 1}")
other = eval("[1, 2, 3]")
subprocess.check_call(["sox", "in.wav", "-r", "16000", "out.wav"])
""",
}
