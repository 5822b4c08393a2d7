// What code is after: secrets, money, the owner's files, and staying.

rule browser_secrets {
  meta:
    description = "a browser's stored passwords or cookies are copied and decrypted"
    rule_id = "credential-theft"
    behaviour = "credential-theft"
    precision = "high"
  strings:
    $store = /\bLogin Data\b|\bWeb Data\b|\blogins\.json\b|\bkey[34]\.db\b|\bcookies\.sqlite\b|\bNetwork[\/\\]{1,2}Cookies\b/
    $key = /\bCryptUnprotectData\b|\bos_crypt\b|\bencrypted_key\b|\bPK11SDR_Decrypt\b|\bSafe Storage\b/
    $read = /\b(password_value|encrypted_value|moz_logins|moz_cookies|encryptedPassword)\b/
  condition:
    $store and ($key or $read)
}

rule tokens_to_a_chat_hook {
  meta:
    description = "credentials are collected and a chat webhook or bot stands by to take them"
    rule_id = "credential-theft"
    behaviour = "credential-theft"
    precision = "high"
  strings:
    $hook = /\b(discord(app)?\.com\/api\/(v[0-9]{1,2}\/)?webhooks\/[0-9]{6,}|api\.telegram\.org\/bot[0-9]{6,}:)/
    $secret = /\.aws[\/\\]{1,2}credentials|\.ssh[\/\\]{1,2}id_|\bLocal Storage[\/\\]{1,2}leveldb|\/proc\/self\/environ|\bwallet\.dat\b|\bhuggingface[\/\\]{1,2}token\b|\/etc\/shadow/
  condition:
    all of them
}

rule instance_credentials {
  meta:
    description = "the credentials of a cloud instance are asked for at its metadata address"
    rule_id = "credential-theft"
    behaviour = "credential-theft"
    precision = "high"
  strings:
    $aws = /169\.254\.169\.254\/latest\/(meta-data\/iam\/security-credentials|api\/token|user-data)/
    $gcp = /metadata\.google\.internal\/computeMetadata\/v1\/instance\/service-accounts\/[^\/\s]{1,100}\/token/
    $azure = /169\.254\.169\.254\/metadata\/identity\/oauth2\/token/
  condition:
    any of them
}

rule coin_miner {
  meta:
    description = "a miner is set to work for a pool"
    behaviour = "code-execution"
    precision = "high"
  strings:
    $pool = /\bstratum\+(tcp|ssl|tls):\/\/[\w.-]{3,200}/
    $miner = /\bxmrig\b|\bminerd\b|\bcpuminer\b|--donate-level\b|\bnicehash\b|\brandomx\b/ nocase
    $wallet = /\s(-u|--user|--wallet)\s*[= ]?\s*["']?[48][0-9A-Za-z]{90,}/
    $endpoint = /["'\s](-o|--url)["']?\s*[=, ]\s*["']?[\w.-]{4,200}:\d{2,5}\b/
  condition:
    ($pool and ($miner or $wallet)) or ($endpoint and ($miner or $wallet))
}

rule ransom_note {
  meta:
    description = "a note asks for money in return for files"
    rule_id = "destructive"
    behaviour = "destructive"
    precision = "high"
  strings:
    $lost = /\b(files|documents|data|photos) (have been|has been|are|were) encrypted\b/ nocase
    $money = /\b(bitcoin|btc|monero|xmr)\b/ nocase
    $address = /\bbc1[a-z0-9]{25}|[a-z2-7]{16}\.onion\b|\b0x[0-9a-fA-F]{40}\b/
    $deed = /\bFernet\b|\bAES\.new\b|\bos\.walk\b|\bCryptEncrypt\b|\bopenssl\s+enc\b/
  condition:
    $lost and $money and ($address or $deed)
}

rule defences_are_switched_off {
  meta:
    description = "the machine's protection or its backups are switched off"
    rule_id = "destructive"
    behaviour = "destructive"
    precision = "high"
  strings:
    $defender = /\bSet-MpPreference\b[^\n]{0,100}-Disable\w+\s+(\$true|1)|\bAdd-MpPreference\b[^\n]{0,60}-ExclusionPath/ nocase
    $amsi = /\bamsiInitFailed\b|\bAmsiScanBuffer\b/
    $shadows = /\bvssadmin(\.exe)?\s+delete\s+shadows\b|\bwbadmin\s+delete\s+catalog\b|\bbcdedit\b[^\n]{0,60}recoveryenabled\s+no/ nocase
    $history = /\bunset\s+HISTFILE\b|\bHISTFILE=\/dev\/null\b|\bhistory\s+-c\b[^\n]{0,40}(rm|shred)\b/
    $logs = /\bwevtutil(\.exe)?\s+cl\b|\brm\s+-rf?\s+\/var\/log\b/
  condition:
    any of them
}

rule stays_on_the_machine {
  meta:
    description = "a program is arranged to start again, from a place where none belongs"
    rule_id = "persistence"
    behaviour = "download-and-run"
    precision = "medium"
  strings:
    $run_key = /CurrentVersion\\{1,2}Run(Once)?\b/ nocase
    $task = /\bschtasks(\.exe)?\s+\/create\b/ nocase
    $cron = /\bcrontab\s+-\s|\|\s*crontab\b|\/etc\/cron\.(d|hourly|daily)\/|@reboot\s/
    $keys = /\bssh-(rsa|ed25519)\s[^\n]{20,2000}>>\s*\S{0,100}authorized_keys/
    $preload = />>?\s*\/etc\/ld\.so\.preload\b/
    $odd = /\/tmp\/|\/dev\/shm\/|%(app|local)?(app)?data%|\$env:(temp|appdata)|\bhttps?:\/\//i
  condition:
    $keys or $preload or (($run_key or $task or $cron) and $odd)
}
