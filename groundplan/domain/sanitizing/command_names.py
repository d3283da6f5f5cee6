"""Names of shell commands, in the kinds that decide how much evidence makes a word one."""

from __future__ import annotations


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# No sentence in any language we know uses these: behind an operator, or alone in a line, they are commands.
NAMES = _names(
    """
    adduser awk bitsadmin busybox certutil chgrp chmod chown chroot crontab cscript egrep fdisk fgrep grep groupadd
    gunzip hexdump icacls ifconfig insmod ipconfig iptables ksh ls lsblk lsof mkdir mkfifo mkfs mshta ncat netcat
    netsh netstat nmap nohup nslookup ntsd phpinfo pkill popd powershell printenv pushd pwsh regsvr32 rmdir rsync
    rundll32 schtasks socat strace sudo sysinfo systeminfo tasklist taskkill tcpdump tcsh tftp traceroute tracert uname
    useradd userdel usermod vssadmin wget whoami wmic wscript xargs xxd zsh
    """
)
SHELLS = _names("bash cmd csh dash ksh powershell pwsh sh tcsh zsh")
INTERPRETERS = SHELLS | _names("lua node nodejs perl php python python2 python3 ruby tclsh")

# These are words too ("cat", "find", "sort", Spanish "su"): they need evidence.
WORDS = INTERPRETERS | _names(
    """
    apt arp at base64 cat cd clear copy cp curl cut date dd del df dig dir docker du echo ed emacs env erase eval exec
    exit expr file find finger ftp gcc git halt head history host hostname id info ip join kill killall last less ln
    locate lp mail make man md more mount move mv mysql nano nc net nice openssl passthru passwd ping pip print printf
    ps psql pwd rd read reboot reg ren rm route scp sc screen sed service set shutdown sleep sort source split sqlite3
    ssh start su system systemctl tail tar tee telnet test time top touch tr type umount unzip vi vim ver w wall watch
    which who write yum zip
    """
)
# Said alone they already answer an attacker's question, so nothing needs to follow them.
TELLING = _names("cat dir env hostname id ip net ps pwd reboot set sleep ver w who")
# What is evidence beside options and paths: a quoted program, an address, a file's name, a word of the command's own.
SPEAKING = INTERPRETERS | _names("echo eval exec print printf system")
CONNECTING = _names("curl dig ftp host mail nc ping scp ssh telnet")
READING = INTERPRETERS | _names("cat cp del erase head less more mv rm source tail touch")
SUBCOMMANDS = {
    "net": _names("accounts group localgroup share start stop use user view"),
    "reg": _names("add delete export query save"),
    "ip": _names("a addr link route"),
    "which": NAMES | INTERPRETERS | _names("curl nc gcc"),
}

# Words of sentences: a line that holds one of them is English that begins with a command's name.
SENTENCE = _names(
    """
    a about after again all an and any are as at be before between but by can do every for from how i if in into is it
    its me more my no not of on one or our out over please so some than that the their them then these this to two under
    until up use using via was we what when where with without you your
    """
)
