// Remote shells in the languages that the analysis does not read, and in source that does not parse.
// A socket alone is honest work; here it is tied to the input and output of a shell.

rule shell_over_dev_tcp {
  meta:
    description = "a shell redirects its input and output to /dev/tcp"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\/dev\/(tcp|udp)\/[^\s\/'"]{1,255}\/[^\s'"]{1,40}/
    $interactive = /\b(ba|z|k|da|a)?sh\s+-[a-z]*i\b/
    $descriptors = /\b[0-9]{0,3}[<>]&\s?[0-9]{1,3}/
    $read = /\bwhile\s+read\b/
  condition:
    $socket and ($interactive or ($read and $descriptors))
}

rule shell_over_named_pipe {
  meta:
    description = "a named pipe ties a shell to a network connection"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $pipe = /\b(mkfifo|mknod)\s+\S{1,255}/
    $tied = /\bsh\b[^\n|]{0,60}\|\s*(nc|ncat|netcat|telnet|openssl\s+s_client|socat)\b[^\n]{0,200}>\s*\S/
  condition:
    all of them
}

rule shell_over_socket_perl {
  meta:
    description = "Perl opens a socket over its standard streams and starts a shell"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\bIO::Socket(::INET)?\b|\bsocket\s*\(\s*[A-Z]\w{0,20}\s*,\s*PF_INET/
    $stream = /\bopen\s*\(?\s*STD(IN|OUT|ERR)\s*,\s*["'][<>+]{1,2}&/
    $assigned = /\bSTDIN->fdopen\s*\(/
    $run = /\b(exec|system)\s*[({]?\s*["']?\/bin\/|\bexec\s*\{|\bsystem\s*\$_|\bsystem\b[^;\n]{0,20}while/
  condition:
    $socket and $run and ($stream or $assigned)
}

rule shell_over_socket_ruby {
  meta:
    description = "Ruby opens a socket and runs what it reads there"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\bTCPSocket\.(new|open)\b/
    $run = /\bIO\.popen\s*\(|\bexec\s+sprintf\s*\(|\bexec\b[^\n]{0,60}\/bin\/\w{0,4}sh|\bspawn\b[^\n]{0,80}\[?:in/
    $read = /\.(gets|read|recv)\b|<&%d|\.to_i|\bin=>/
  condition:
    all of them
}

rule shell_over_socket_php {
  meta:
    description = "PHP opens a socket and hands it to a program"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\b(p?fsockopen|stream_socket_client|socket_connect)\s*\(/
    $run = /\b(exec|shell_exec|system|passthru|popen|proc_open)\s*\([^\n]{0,200}(<&\s?3|>&\s?3|\/bin\/|\bsh\b|\$\w)/
    $php = /<\?php|\bphp\s+-r\b|\$\w+\s*=\s*p?fsockopen/
  condition:
    all of them
}

rule shell_over_socket_javascript {
  meta:
    description = "JavaScript pipes a socket into a program that it starts"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $child = /\brequire\s*\(\s*["'](node:)?child_process["']\s*\)/
    $net = /\brequire\s*\(\s*["'](node:)?(net|tls|dgram)["']\s*\)/
    $pipe = /\.pipe\s*\(\s*\w{1,40}\.(stdin|stdout|stderr)\s*\)|\.std(out|err)\.pipe\s*\(/
  condition:
    all of them
}

rule shell_over_socket_lua {
  meta:
    description = "Lua runs what it receives from a socket"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\brequire\s*\(?\s*["']socket["']/
    $connect = /:connect\s*\(|\bsocket\.(tcp|connect)\s*\(/
    $run = /\bos\.execute\s*\(|\bio\.popen\s*\(/
    $receive = /:receive\s*\(|<&3/
  condition:
    all of them
}

rule shell_over_socket_awk {
  meta:
    description = "awk runs what it reads from a network connection"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /["']\/inet[46]?\/(tcp|udp)\/[^"'\n]{1,200}/
    $run = /\|&?\s*getline\b|\bsystem\s*\(/
  condition:
    all of them
}

rule shell_over_socket_powershell {
  meta:
    description = "PowerShell runs what it reads from a network stream"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\bNet\.Sockets\.TCPClient\b/ nocase
    $stream = ".GetStream(" nocase
    $run = /\biex\b|\bInvoke-Expression\b|\bcmd(\.exe)?\s*\/c\b|\bDiagnostics\.Process\b/ nocase
  condition:
    all of them
}

rule shell_over_socket_java {
  meta:
    description = "Java or Groovy pumps a socket into a shell process"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\bnew\s+(java\.net\.)?Socket\s*\(/
    $process = /\bnew\s+ProcessBuilder\s*\(|\bgetRuntime\s*\(\s*\)\s*\.\s*exec\s*\(/
    $pump = /\.getOutputStream\s*\(/
    $shell = /["'](\/bin\/)?(ba|da|z)?sh["']|["']cmd(\.exe)?["']|\bcmd\b/
  condition:
    all of them
}

rule shell_over_socket_python {
  meta:
    description = "Python moves its standard streams to a socket and starts a shell"
    rule_id = "remote-shell"
    behaviour = "remote-shell"
    precision = "high"
  strings:
    $socket = /\bsocket\.(socket|create_connection)\s*\(|\bsocket\s*\(\s*\)/
    $connect = /\.connect(_ex)?\s*\(\s*\(?|create_connection\s*\(/
    $dup = /\bdup2\s*\([^\n]{0,80}fileno\s*\(/
    $shell = /\bpty\.spawn\s*\(|["'](\/bin\/)?(ba|da|z)?sh["']/
  condition:
    all of them
}
