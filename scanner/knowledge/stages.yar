// Code that fetches, unpacks or hides the code that it then runs, in languages that are not analysed.

rule fetched_code_is_run {
  meta:
    description = "what a server answers is piped into an interpreter"
    rule_id = "download-and-run"
    behaviour = "download-and-run"
    precision = "medium"
  strings:
    $piped = /\b(curl|wget|fetch)\s[^\n|]{0,300}(https?:\/\/|\$\w)[^\n|]{0,300}\|\s*(sudo\s+)?(ba|z|k|da|a)?sh\b/
    $substituted = /\b(ba|z|k|da|a)?sh\s+(-c\s+["']?\$\(|<\()\s*(curl|wget)\s/
    $script = /^#!/
  condition:
    $script at 0 and ($piped or $substituted)
}

rule powershell_fetches_and_runs {
  meta:
    description = "PowerShell runs what it downloads"
    rule_id = "download-and-run"
    behaviour = "download-and-run"
    precision = "high"
  strings:
    $fetch = /\.Download(String|Data|File)\s*\(|\bInvoke-(WebRequest|RestMethod)\b|\bStart-BitsTransfer\b|\b(iwr|irm)\s+/ nocase
    $run = /\biex\b\s*[(\$"'&]|\|\s*iex\b|\bInvoke-Expression\b|\bStart-Process\b|\[Reflection\.Assembly\]::Load/ nocase
    $shell = /\bpowershell(\.exe)?\b|\bNew-Object\b|\$\w+\s*=|\bparam\s*\(/ nocase
  condition:
    all of them
}

rule powershell_hidden_and_encoded {
  meta:
    description = "PowerShell is started without a window on an encoded command"
    rule_id = "command-on-load"
    behaviour = "code-execution"
    precision = "high"
  strings:
    $encoded = /\b(powershell|pwsh)(\.exe)?["']?\s[^\n]{0,200}-e(n|nc|nco\w*|ncodedcommand)?\s+["']?[A-Za-z0-9+\/]{24,}/ nocase
    $hidden = /-w(i|in|ind\w*)?\s+(hidden|1)\b|-noni\w*|-nop\w*|-ex\w*\s+bypass/ nocase
  condition:
    all of them
}

rule script_host_decodes_and_runs {
  meta:
    description = "a script decodes text and evaluates it"
    precision = "medium"
    behaviour = "code-execution"
  strings:
    $javascript = /\beval\s*\(\s*(atob|unescape|String\.fromCharCode|Buffer\.from)\s*\(/
    $function = /\bnew\s+Function\s*\(\s*(atob|Buffer\.from)\s*\(/
    $php = /\b(eval|assert)\s*\(\s*(base64_decode|gzinflate|gzuncompress|str_rot13)\s*\(/
    $perl = /\beval\s*\(?\s*(unpack|decode_base64|pack)\s*\(/
    $ruby = /\beval\s*\(?\s*(Base64\.decode64|Zlib::Inflate)/
    $lua = /\b(loadstring|load)\s*\(\s*(string\.char|base64)/
    $r = /\beval\s*\(\s*parse\s*\(\s*text\s*=\s*(rawToChar|base64)/
  condition:
    any of them
}

rule web_shell {
  meta:
    description = "a page runs what its visitor sends"
    behaviour = "code-execution"
    precision = "high"
  strings:
    $php = /\b(eval|assert|system|exec|shell_exec|passthru|popen)\s*\(\s*@?\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/
    $jsp = /getRuntime\s*\(\s*\)\s*\.\s*exec\s*\(\s*request\.getParameter/
    $asp = /\beval\s*\(?\s*request\b/ nocase
  condition:
    any of them
}

rule python_stages {
  meta:
    description = "Python runs what it decodes from a long constant"
    behaviour = "code-execution"
    precision = "medium"
  strings:
    $run = /\b(exec|eval)\s*\(\s*(__import__\s*\(|compile\s*\(|zlib\b|base64\b|marshal\b|codecs\b|bytes\.fromhex|\(?_\)?\s*\()/
    $decode = /\b(b64decode|b85decode|a85decode|b32decode|decompress|fromhex|marshal\.loads|unhexlify)\b/
    $long = /["'][A-Za-z0-9+\/=]{200}/
    $hex = /(\\x[0-9a-fA-F]{2}){60}/
  condition:
    $run and $decode and ($long or $hex)
}

rule packed_python {
  meta:
    description = "the source was packed so that nobody can read it"
    behaviour = "code-execution"
    precision = "high"
  strings:
    $pyarmor = /\b__pyarmor__\s*\(\s*__name__/
    $runtime = /\bfrom\s+pyarmor_runtime\w{0,40}\s+import\s+__pyarmor__/
    $table = /_\s*=\s*lambda\s+__\s*:\s*__import__\s*\(\s*['"]zlib['"]\s*\)/
    $hyperion = /\b__obfuscator__\s*=|\b__author__\s*=\s*[^\n]{0,80}\bhyperion\b/ nocase
  condition:
    any of them
}

rule machine_code_is_run_from_memory {
  meta:
    description = "memory is made executable, filled with bytes and called"
    rule_id = "code-on-load"
    behaviour = "code-execution"
    precision = "high"
  strings:
    $windows = /\bVirtualAlloc(Ex)?\b/
    $move = /\b(RtlMoveMemory|WriteProcessMemory|RtlCopyMemory)\b/
    $start = /\b(CreateThread|CreateRemoteThread|QueueUserAPC|EnumSystemLocales\w?|NtCreateThreadEx)\b/
    $mmap = /\bmmap\.mmap\s*\([^\n]{0,120}PROT_EXEC/
    $call = /\bCFUNCTYPE\s*\([^\n]{0,120}\)\s*\(|\bfrom_buffer\s*\(/
  condition:
    ($windows and $move and $start) or ($mmap and $call)
}
