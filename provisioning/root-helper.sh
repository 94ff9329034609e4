#!/bin/sh
# Hearth's root helper: the only part of Hearth that runs as root. docs/root-helper.md describes what it reads and prints.
#
#   root-helper.sh apply STAGING SHA256    run the plan STAGING/plan
#   root-helper.sh remove [--keep-disks]   undo everything in the ledger, newest first
#   root-helper.sh look                    what is there, as one JSON object; changes nothing
#   root-helper.sh collect-logs LINES      journal of our units and the log of containerd; changes nothing
#
# A plan is data. Nothing in it is ever run, sourced or expanded: every field is compared with a list or a pattern below
# before the first change, and a plan with one wrong field is refused whole (exit 5). Every change is written into a ledger
# before it is made, with what was there before, so that it can be undone, and so that a run that was killed can go on.
#
# Exit codes: 0 done, 1 a step failed, 2 wrong usage, 3 not root, 4 another helper is at work, 5 refused, nothing changed.
#
# shellcheck disable=SC2015,SC2250,SC2310,SC2311,SC2312,SC2317
#   2015: "a && b || c" is meant as it reads: c when either fails. 2317: functions are called through step_... and part_run.
#   2250: braces around every variable would not make this easier to read.
#   2310-2312: "set -e" is not used; every result that matters is tested where it is made.

set -fu # no file name expansion anywhere but where it is switched on for a moment
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077
cd / || exit 1
# Settings of programs used below that an environment could carry in.
unset CDPATH ENV GREP_OPTIONS TAR_OPTIONS POSIXLY_CORRECT BLOCK_SIZE BLOCKSIZE LVM_SYSTEM_DIR SYSTEMD_OFFLINE 2>/dev/null

# --- What may be touched -----------------------------------------------------------------------------------------------

HOME_DIR=/var/lib/hearth
LEDGER=$HOME_DIR/ledger
BEFORE_DIR=$HOME_DIR/before
BACKUPS=$HOME_DIR/backups
FRESH=$HOME_DIR/fresh
KEPT_DIR=/var/lib/hearth-kept
LOCK=/run/hearth.lock
WORK=/run/hearth-work
K3S_DATA=/var/lib/rancher/k3s
POOL_FILE=$HOME_DIR/pool.img
POOL_MARK=$HOME_DIR/pool.kept
VOLUMES_MARK=.hearth-kept
VG=hearth
THIN=pool

UNITS='k3s k3s-agent hearth-pool hearth-net'
PROGRAMS='/usr/local/bin/k3s /usr/local/bin/virtctl /usr/local/bin/hearth-net /usr/local/bin/hearth-pool
  /opt/bin/k3s /opt/bin/virtctl /opt/bin/hearth-net /opt/bin/hearth-pool'
APPARMOR=/etc/apparmor.d/local/usr.sbin.libvirtd
FILES="/etc/rancher/k3s/config.yaml /etc/rancher/k3s/registries.yaml /etc/rancher/k3s/resolv.conf
  /etc/rancher/k3s/agent-token /etc/rancher/k3s/ca.pem
  /etc/systemd/system/k3s.service /etc/systemd/system/k3s-agent.service /etc/systemd/system/hearth-net.service
  /etc/systemd/system/hearth-pool.service
  /etc/systemd/system/k3s.service.env /etc/systemd/system/k3s-agent.service.env
  /etc/sysctl.d/90-hearth.conf /etc/modules-load.d/hearth.conf /etc/NetworkManager/conf.d/90-hearth.conf
  /etc/systemd/logind.conf.d/99-kubelet.conf $APPARMOR"
DIRS="/usr/local/bin /opt/bin
  /etc/rancher /etc/rancher/k3s /etc/rancher/k3s/config.yaml.d /etc/rancher/node
  /etc/sysctl.d /etc/modules-load.d /etc/NetworkManager/conf.d /etc/systemd/system /etc/systemd/logind.conf.d
  /var/lib/rancher $K3S_DATA $K3S_DATA/agent $K3S_DATA/agent/images $K3S_DATA/agent/etc
  $K3S_DATA/agent/etc/kubelet.conf.d $K3S_DATA/server $K3S_DATA/server/manifests $HOME_DIR"
CLAIMS="$K3S_DATA /etc/rancher /var/lib/kubelet /var/lib/cni /etc/cni $HOME_DIR/volumes /run/k3s /run/flannel
  /var/log/pods /var/log/containers /var/lib/kubevirt /var/lib/kubevirt-node-labeller
  /run/kubevirt /run/kubevirt-private /run/kubevirt-libvirt-runtimes"
MODULES='overlay br_netfilter bridge vxlan veth dummy tun nf_conntrack nf_nat ip_tables ip6_tables iptable_filter
  iptable_nat iptable_mangle ip6table_filter ip6table_nat ip6table_mangle nf_tables nft_compat ip_set ip_set_hash_ip
  ip_set_hash_net xt_addrtype xt_conntrack xt_comment xt_multiport xt_statistic xt_MASQUERADE xt_mark xt_nat xt_set
  xt_REDIRECT xt_nfacct xt_tcpudp ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh kvm kvm_intel kvm_amd vhost vhost_net vhost_vsock
  loop dm_mod dm_thin_pool dm_snapshot'
SYSCTLS='fs.inotify.max_user_instances fs.inotify.max_user_watches kernel.keys.root_maxkeys kernel.keys.root_maxbytes
  kernel.keys.maxkeys kernel.keys.maxbytes vm.max_map_count vm.overcommit_memory vm.panic_on_oom kernel.panic
  kernel.panic_on_oops kernel.pid_max net.ipv4.ip_forward net.ipv6.conf.all.forwarding net.ipv6.conf.all.accept_ra
  net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables'
# What k3s and the kubelet set by themselves (k3s pkg/agent/syssetup; kubelet setupKernelTunables; kube-proxy): put back at
# the removal. ip_forward comes first, because setting it resets the per-interface values behind it.
SYSCTLS_OF_K3S='net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv4.conf.default.forwarding
  net.ipv6.conf.all.forwarding net.ipv6.conf.default.forwarding net.ipv4.conf.all.route_localnet
  net.bridge.bridge-nf-call-iptables net.bridge.bridge-nf-call-ip6tables net.netfilter.nf_conntrack_max
  net.netfilter.nf_conntrack_tcp_timeout_established net.netfilter.nf_conntrack_tcp_timeout_close_wait
  vm.overcommit_memory vm.panic_on_oom kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys
  kernel.keys.root_maxbytes'
LINKS='cni0 flannel.1 flannel-v6.1 flannel-wg flannel-wg-v6 kube-ipvs0 hl0'
# What of k3s a backup holds. The database alone is not enough: what is in it is encrypted with the token, and with the
# default SQLite store the certificates and the key of secrets-encryption are only on the disk
# (docs.k3s.io/datastore/backup-restore, k3s-io/k3s issue 3015).
PARTS="$K3S_DATA/server/db $K3S_DATA/server/tls $K3S_DATA/server/cred $K3S_DATA/server/token
  $K3S_DATA/server/agent-token /etc/rancher/node/password"

TAB=$(printf '\t')
SPACES=$(printf ' \t\nx')
SPACES=${SPACES%x}

# --- Speaking: one JSON object a line on the first standard output, everything else on standard error ---------------------

exec 3>&1 1>&2
trap '' PIPE # the reader may go away: say() notices, and the run ends between two steps
GONE=0
STOP=0
STAGING=
trap 'STOP=1' TERM INT HUP
N=0
ID=

# Bytes on stdin -> the inside of a JSON string (mode "text"), or one log event a line (mode "lines"; level in LEVEL, more
# fields in MORE). Only ASCII comes out; what is no UTF-8 becomes U+FFFD.
# shellcheck disable=SC2016 # the $ are awk's
JSON_AWK='
function put(s) { if (lines && !open) { printf "{\"event\":\"log\",\"level\":\"%s\"%s,\"text\":\"", level, more; open = 1 }; printf "%s", s }
function rune(c) {
  if (c < 65536) { put(sprintf("\\u%04x", c)); return }
  c -= 65536; put(sprintf("\\u%04x\\u%04x", 55296 + int(c / 1024), 56320 + c % 1024))
}
function byte(b) {
  if (need > 0) {
    if (b >= low && b <= high) { code = code * 64 + b - 128; low = 128; high = 191; if (--need == 0) rune(code); return }
    put("\\ufffd"); need = 0
  }
  low = 128; high = 191
  if (lines && b == 10) { put(""); print "\"}"; open = 0 }
  else if (b < 32 || b == 127) put(sprintf("\\u%04x", b))
  else if (b == 34) put("\\\"")
  else if (b == 92) put("\\\\")
  else if (b < 127) put(sprintf("%c", b))
  else if (b >= 194 && b <= 223) { need = 1; code = b - 192 }
  else if (b >= 224 && b <= 239) { need = 2; code = b - 224; if (b == 224) low = 160; if (b == 237) high = 159 }
  else if (b >= 240 && b <= 244) { need = 3; code = b - 240; if (b == 240) low = 144; if (b == 244) high = 143 }
  else put("\\ufffd")
}
BEGIN { lines = ENVIRON["JSON_MODE"] == "lines"; level = ENVIRON["LEVEL"]; more = ENVIRON["MORE"] }
{ for (i = 1; i <= NF; i++) byte($i + 0) }
END { if (need > 0) put("\\ufffd"); if (open) print "\"}" }'

json_bytes() { od -An -v -tu1 | JSON_MODE=$1 LEVEL=${2:-info} MORE=${3:-} awk "$JSON_AWK"; }
# TEXT -> the inside of a JSON string, printed
json() {
  case $1 in
    *[!A-Za-z0-9\ _.,:\;/+=@\(\)%~-]*) printf '%s' "$1" | json_bytes text ;;
    *) printf '%s' "$1" ;;
  esac
}
say() { { printf '%s\n' "$1" >&3; } 2>/dev/null || GONE=1; }
say_log() { say "{\"event\":\"log\",\"level\":\"$1\",\"text\":\"$(json "$2")\"}"; }
# LEVEL MORE: every line of stdin
say_lines() { json_bytes lines "$1" "$2" >&3 2>/dev/null || GONE=1; }
# STATE [DETAIL [VALUE]]
say_step() {
  extra=
  [ -z "${2:-}" ] || extra=",\"detail\":\"$(json "$2")\""
  [ -z "${3:-}" ] || extra="$extra,\"value\":\"$(json "$3")\""
  say "{\"event\":\"step\",\"n\":$N,\"id\":\"$ID\",\"state\":\"$1\"$extra}"
}
# CODE TEXT: a step that failed
say_failed() {
  say "{\"event\":\"step\",\"n\":$N,\"id\":\"$ID\",\"state\":\"failed\",\"code\":\"$1\",\"detail\":\"$(json "$2")\"}"
}
# EXIT CODE TEXT: the end of a run that did not succeed
end_with() {
  say "{\"event\":\"end\",\"ok\":false,\"failed\":$N,\"id\":\"$ID\",\"code\":\"$2\",\"text\":\"$(json "$3")\"}"
  exit "$1"
}
# The plan or the machine is not as it must be, and nothing was changed.
refuse() {
  N=0 ID=
  end_with 5 "$1" "$2"
}

# --- Small tools -------------------------------------------------------------------------------------------------------

CODE=
TEXT=
# CODE TEXT: why what was tried did not work; always false
trouble() {
  CODE=$1 TEXT=$2
  return 1
}
# WHAT: the same from what the last program printed
trouble_of() {
  said=$(tail -c 800 "$WORK/err" 2>/dev/null | tr -d '\000' | tr '\n' ' ')
  case $said in
    *'No space left on device'* | *'Disk quota exceeded'*) trouble no-space "$1: the disk is full. $said" ;;
    *'Read-only file system'*) trouble read-only "$1: the file system is read-only. $said" ;;
    *) trouble command-failed "$1: ${said:-it gave no reason.}" ;;
  esac
}
# SECONDS PROGRAM...: output in $WORK/out and $WORK/err. Lock and voice are not passed on: a daemon that a program leaves
# behind would hold them open.
run() {
  limit=$1
  shift
  timeout --foreground -k 10 "$limit" "$@" </dev/null >"$WORK/out" 2>"$WORK/err" 3>&- 9>&-
}
# WHAT SECONDS PROGRAM...
must() {
  what=$1
  shift
  run "$@" || trouble_of "$what"
}
have() { command -v "$1" >/dev/null 2>&1; }
listed() { for word in $2; do [ "$word" != "$1" ] || return 0; done; return 1; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
sha_of() { sha256sum <"$1" 2>/dev/null | cut -c1-64; }
there() { [ -e "$1" ] || [ -L "$1" ]; }
# Bytes free for us on the file system of a folder that is there
free_on() { df -P -B1 "$1" 2>/dev/null | awk 'NR == 2 { printf "%.0f", $4 }'; }
# Mount points at or below PATH (at: only with "at"), deepest first
mounts_below() {
  while read -r _ point _; do
    case $point in "$1"/*) printf '%b\n' "$point" ;; "$1") [ "${2:-}" != at ] || printf '%b\n' "$point" ;; *) ;; esac
  done </proc/self/mounts | sort -r
}
# SELinux: what is moved in from elsewhere carries the wrong label otherwise.
relabel() { ! have restorecon || run 60 restorecon -RF "$1" || :; }

# --- What a field may be -------------------------------------------------------------------------------------------------

# TEXT MAX: digits without a leading zero
is_number() {
  case $1 in '' | *[!0-9]* | 0?*) return 1 ;; *) [ "${#1}" -le 15 ] && [ "$1" -le "$2" ] ;; esac
}
is_sha() { case $1 in *[!0-9a-f]*) return 1 ;; *) [ "${#1}" = 64 ] ;; esac; }
is_id() { case $1 in '' | *[!a-z0-9-]* | -*) return 1 ;; *) [ "${#1}" -le 63 ] ;; esac; }
is_name() { case $1 in '' | *[!a-z0-9.-]* | [.-]* | *..*) return 1 ;; *) [ "${#1}" -le 80 ] ;; esac; }
is_user() { case $1 in '' | *[!a-z0-9_.-]* | [!a-z_]*) return 1 ;; *) [ "${#1}" -le 32 ] ;; esac; }
is_uid() { is_number "$1" 4294967294; }
is_path() {
  case $1 in
    *[!A-Za-z0-9_./@+=-]* | *//* | */./* | */../* | */. | */.. | */) return 1 ;;
    /?*) [ "${#1}" -le 1024 ] ;;
    *) return 1 ;;
  esac
}
# A private IPv4 network: only those are ever trusted in a firewall.
is_cidr() {
  case $1 in *[!0-9./]* | */*/* | *..* | .* | *./*) return 1 ;; *.*.*.*.*) return 1 ;; *.*.*.*/*) ;; *) return 1 ;; esac
  is_number "${1#*/}" 30 && [ "${1#*/}" -ge 8 ] || return 1
  rest=${1%/*}
  for _ in 1 2 3 4; do
    is_number "${rest%%.*}" 255 || return 1
    rest=${rest#*.}
  done
  case $1 in
    10.* | 192.168.* | 172.1[6-9].* | 172.2?.* | 172.3[01].*) return 0 ;;
    100.6[4-9].* | 100.[789]?.* | 100.1[01]?.* | 100.12[0-7].*) return 0 ;;
    *) return 1 ;;
  esac
}
is_disk() { case $1 in /dev/disk/by-id/*) ;; *) return 1 ;; esac
  case ${1#/dev/disk/by-id/} in '' | *[!A-Za-z0-9_.:+=@-]* | .*) return 1 ;; *) [ "${#1}" -le 255 ] ;; esac; }
# A file name in a folder where the exact name is the plan's: NAME is what may vary
is_loose() { case $1 in '' | *[!A-Za-z0-9._+-]* | [.-]* | *..*) return 1 ;; *) [ "${#1}" -le 120 ] ;; esac; }
is_numbered() { case $1 in [0-9][0-9]-hearth) return 0 ;; [0-9][0-9]-hearth-*) is_loose "$1" ;; *) return 1 ;; esac; }

# PATH -> where a file may be placed
file_allowed() {
  is_path "$1" || return 1
  ! listed "$1" "$FILES $PROGRAMS" || return 0
  name=${1##*/}
  case ${1%/*} in
    /etc/rancher/k3s/config.yaml.d) [ "$name" != "${name%.yaml}" ] && is_numbered "${name%.yaml}" ;;
    "$K3S_DATA/agent/etc/kubelet.conf.d") [ "$name" != "${name%.conf}" ] && is_numbered "${name%.conf}" ;;
    "$K3S_DATA/agent/images") case $name in ?*.tar | ?*.tar.zst | ?*.tar.gz) is_loose "$name" ;; *) return 1 ;; esac ;;
    "$K3S_DATA/server/manifests") case $name in hearth-?*.yaml) is_loose "$name" ;; *) return 1 ;; esac ;;
    *) return 1 ;;
  esac
}
# PATH -> whether a file of MODE and SIZE may be there
file_fits() {
  if listed "$1" "$PROGRAMS"; then
    [ "$2" = 0755 ] && [ "$3" -le 1073741824 ]
    return
  fi
  case $2 in 0600 | 0644) ;; *) return 1 ;; esac
  case $1 in "$K3S_DATA/agent/images/"*) [ "$3" -le 17179869184 ] ;; *) [ "$3" -le 4194304 ] ;; esac
}
claim_allowed() {
  is_path "$1" || return 1
  ! listed "$1" "$CLAIMS" || return 0
  case $1 in
    /bin/* | /boot/* | /dev/* | /etc/* | /lib*/* | /proc/* | /root/* | /run/* | /sbin/* | /sys/* | /tmp/* | /usr/*) return 1 ;;
    "$HOME_DIR"/* | "$K3S_DATA"/*) return 1 ;;
    /*/hearth-volumes) return 0 ;;
    *) return 1 ;;
  esac
}
is_volumes() { case $1 in "$HOME_DIR/volumes" | */hearth-volumes) return 0 ;; *) return 1 ;; esac; }

# KIND FIELD...: whether this is a step we know, with exactly its fields
step_valid() {
  kind=$1
  shift
  case $kind in
    dir) [ $# = 2 ] && listed "$1" '0700 0711 0750 0755' && listed "$2" "$DIRS" ;;
    claim) [ $# = 1 ] && claim_allowed "$1" ;;
    file) [ $# = 4 ] && is_number "$2" 17179869184 && is_sha "$3" && file_allowed "$4" && file_fits "$4" "$1" "$2" ;;
    modules)
      [ $# -ge 1 ] && [ $# -le 60 ] || return 1
      for field in "$@"; do listed "$field" "$MODULES" || return 1; done
      ;;
    sysctl) [ $# = 2 ] && listed "$1" "$SYSCTLS" && is_number "$2" 999999999999999 ;;
    enable | start | restart | stop) [ $# = 1 ] && listed "$1" "$UNITS" ;;
    wait-unit) [ $# = 2 ] && listed "$1" "$UNITS" && is_number "$2" 3600 && [ "$2" -ge 1 ] ;;
    handover) [ $# = 2 ] && is_uid "$1" && is_number "$2" 3600 && [ "$2" -ge 1 ] ;;
    group) [ $# = 2 ] && is_user "$1" && [ "$2" = kvm ] ;;
    firewall) [ $# = 2 ] && listed "$1" 'firewalld ufw' && is_cidr "$2" ;;
    pool-file) [ $# = 1 ] && is_number "$1" 100000000000000 && [ "$1" -ge 1073741824 ] ;;
    pool-disk) [ $# = 1 ] && is_disk "$1" ;;
    backup | restore | drop-backup) [ $# = 1 ] && is_name "$1" ;;
    kill-pods) [ $# = 0 ] ;;
    token) [ $# = 1 ] && is_number "$1" 8760 && [ "$1" -ge 1 ] ;;
    *) return 1 ;;
  esac
}

# --- Reading the plan ----------------------------------------------------------------------------------------------------

# FROM LIMIT TO: copies at most LIMIT bytes of a regular file that anybody may have written. No link is followed, and the
# open does not wait, so a FIFO put there in the last moment cannot hold us up.
copy_in() {
  [ -f "$1" ] && [ ! -L "$1" ] || { trouble bad-file 'a staged file is missing or is no regular file.'; return 1; }
  rm -f "$3"
  run 3600 dd if="$1" of="$3" bs=1M count="$(($2 + 1))" iflag=nofollow,nonblock,fullblock,count_bytes conv=excl status=none ||
    trouble_of 'a staged file could not be copied'
}
# One line of the plan -> KIND and the positional parameters are the caller's; here only what holds for every line.
line_clean() { case $1 in '' | "$TAB"* | *"$TAB" | *"$TAB$TAB"*) return 1 ;; *) return 0 ;; esac; }

# STAGING SHA256 -> $WORK/plan (checked), PURPOSE, COUNT
read_plan() {
  case $1 in /*) ;; *) refuse bad-plan 'The folder of the plan must be an absolute path.' ;; esac
  is_sha "$2" || refuse bad-plan 'The SHA-256 of the plan must be 64 lower-case hexadecimal digits.'
  copy_in "$1/plan" 1048576 "$WORK/plan" || refuse bad-plan "The plan cannot be read: $TEXT"
  [ "$(stat -c %s "$WORK/plan")" -le 1048576 ] || refuse bad-plan 'The plan is larger than 1 MiB.'
  [ "$(sha_of "$WORK/plan")" = "$2" ] || refuse plan-changed 'The plan is not the one that was shown.'
  odd=$(tr -d '\n\t\040-\176' <"$WORK/plan" | wc -c)
  [ "$odd" -eq 0 ] || refuse bad-plan 'The plan holds a control character or one outside of ASCII.'
  [ "$(tail -c 1 "$WORK/plan")" = '' ] || refuse bad-plan 'The plan does not end with a line end.'
  PURPOSE='' COUNT=0 ids=' ' at=0 ended=0
  while IFS= read -r line; do
    at=$((at + 1))
    [ "$ended" = 0 ] || refuse bad-plan "Line $at of the plan comes after its end."
    line_clean "$line" || refuse bad-plan "Line $at of the plan is empty or has an empty field."
    IFS=$TAB
    # shellcheck disable=SC2086 # splitting at TAB is what is wanted
    set -- $line
    IFS=$SPACES
    if [ "$at" = 1 ]; then
      [ $# = 4 ] && [ "$1" = hearth-plan ] && [ "$2" = 1 ] || refuse bad-plan 'This is no plan of version 1.'
      is_id "$3" && is_number "$4" 500 || refuse bad-plan 'The first line of the plan is wrong.'
      PURPOSE=$3 wanted=$4
    elif [ "$1" = end ]; then
      [ $# = 2 ] && [ "$2" = "$wanted" ] && [ "$COUNT" = "$wanted" ] ||
        refuse bad-plan "The plan says it has $wanted steps and has $COUNT."
      ended=1
    else
      [ $# -ge 3 ] && [ "$1" = step ] && is_id "$2" || refuse bad-plan "Line $at of the plan is no step."
      case $ids in *" $2 "*) refuse bad-plan "Line $at of the plan uses the name of another step." ;; *) ids="$ids$2 " ;; esac
      COUNT=$((COUNT + 1))
      [ "$COUNT" -le "$wanted" ] || refuse bad-plan "The plan has more steps than the $wanted it says."
      shift 2
      step_valid "$@" || refuse bad-plan "Line $at of the plan is not among the things that may be done."
    fi
  done <"$WORK/plan"
  [ "$ended" = 1 ] || refuse bad-plan 'The plan is cut off: its last line is missing.'
}

# PATH: every folder above it must be a real one that only root can change
parents_safe() {
  rest=${1#/} up='' folders=/
  while [ "$rest" != "${rest#*/}" ]; do
    up=$up/${rest%%/*} rest=${rest#*/}
    [ ! -L "$up" ] || { trouble unsafe-path "$up is a link."; return 1; }
    there "$up" || break
    [ -d "$up" ] || { trouble unsafe-path "$up is no folder."; return 1; }
    folders="$folders $up"
  done
  # shellcheck disable=SC2086 # the parts hold no spaces
  stat -c '%u %g %a %n' $folders >"$WORK/parents" || { trouble unsafe-path "The folders above $1 cannot be looked at."; return 1; }
  while read -r uid gid mode folder; do
    [ "$uid" = 0 ] || { trouble unsafe-path "$folder does not belong to root."; return 1; }
    case $mode in
      *[2367]) trouble unsafe-path "$folder may be changed by everybody."; return 1 ;;
      *[2367]?) [ "$gid" = 0 ] || { trouble unsafe-path "$folder may be changed by the group $gid."; return 1; } ;;
      *) ;;
    esac
  done <"$WORK/parents"
}
# Nothing but a file of root's where a file goes
target_safe() {
  parents_safe "$1" || return 1
  [ ! -L "$1" ] || { trouble unsafe-path "$1 is a link."; return 1; }
  ! there "$1" || [ -f "$1" ] || { trouble unsafe-path "$1 is no regular file."; return 1; }
}
# The local part of libvirt's AppArmor profile is not ours: one line may be added to what is there, nothing else.
APPARMOR_LINE='^[ ]*/usr/libexec/qemu-kvm PUx,$'
apparmor_fits() {
  grep -v "$APPARMOR_LINE" "$1" >"$WORK/profile-new"
  : >"$WORK/profile-now"
  [ ! -f "$APPARMOR" ] || grep -v "$APPARMOR_LINE" "$APPARMOR" >"$WORK/profile-now"
  grep -q "$APPARMOR_LINE" "$1" && cmp -s "$WORK/profile-new" "$WORK/profile-now"
}

# KIND FIELD...: whether the machine lets this step be done; nothing is changed
machine_allows() {
  kind=$1
  shift
  case $kind in
    dir) parents_safe "$2/x" ;;
    claim) claim_free "$1" ;;
    file)
      target_safe "$4" || return 1
      ! file_holds "$@" || return 0
      from=$STAGING/$3
      [ -f "$from" ] && [ ! -L "$from" ] || { trouble bad-file "The content of $4 is missing or is no regular file."; return 1; }
      [ "$(stat -c %s "$from")" = "$2" ] || { trouble bad-file "The content of $4 has another size than the plan says."; return 1; }
      # Hashed here to refuse early; what counts is the hash of root's own copy, taken when it is placed.
      found=$(timeout 3600 dd if="$from" bs=1M count="$2" iflag=nofollow,nonblock,fullblock,count_bytes status=none \
        2>/dev/null 3>&- 9>&- | sha256sum | cut -c1-64)
      [ "$found" = "$3" ] || { trouble bad-file "The content of $4 is not the one the plan names."; return 1; }
      [ "$4" != "$APPARMOR" ] || { copy_in "$from" "$2" "$WORK/profile" && apparmor_fits "$WORK/profile"; } ||
        { trouble bad-file "$4 may only get the one line for qemu-kvm added."; return 1; }
      ;;
    handover)
      # The copy goes to the person who asked, nobody else.
      for asked in "${PKEXEC_UID:-$1}" "${SUDO_UID:-$1}"; do
        [ "$asked" = "$1" ] || { trouble other-user "The access file is for user $1, but user $asked asked."; return 1; }
      done
      ;;
    group)
      getent passwd "$1" >/dev/null || { trouble no-user "There is no user $1."; return 1; }
      getent group "$2" >/dev/null || { trouble no-group "There is no group $2."; return 1; }
      ;;
    pool-disk) disk_free "$1" ;;
    *) ;;
  esac
}

# --- The ledger ----------------------------------------------------------------------------------------------------------

# Questions to the ledger (ASK): "exact" -> "SEQ STATE BEFORE" of the newest live entry of the step SIG; "key" -> the same
# of the newest live entry for the same thing (path, unit, setting); "placed" -> SHA-256 of all contents ever placed at KEY;
# "live" -> all live entries, newest first; "all" -> the same, oldest first, with time and state; "last" -> highest number.
# shellcheck disable=SC2016 # the $ are awk's
LEDGER_AWK='
function key_of(kind, sig,    part, n) {
  n = split(sig, part, FS)
  if (kind == "file" || kind == "dir" || kind == "claim") return kind FS part[n]
  if (kind == "sysctl" || kind == "enable") return kind FS part[2]
  if (kind == "start" || kind == "restart" || kind == "stop") return "run" FS part[2]
  return sig
}
BEGIN { FS = "\t"; ask = ENVIRON["ASK"] }
$1 == "intent" {
  n++; seq[n] = $2; at[$2] = n; time[n] = $3; why[n] = $4; id[n] = $5; kind[n] = $6; sig[n] = $6
  for (i = 7; i < NF; i++) sig[n] = sig[n] FS $i
  before[n] = substr($NF, 8); state[n] = "intent"; key[n] = key_of($6, sig[n])
  if ($6 == "file" && ask == "placed" && $(NF - 1) == ENVIRON["KEY"]) print $(NF - 2)
}
$1 == "done" && at[$2] { state[at[$2]] = "done" }
$1 == "undone" && at[$2] { state[at[$2]] = "undone" }
END {
  if (ask == "last") { print n ? seq[n] : 0; exit }
  if (ask == "key") wanted = key_of(ENVIRON["KIND"], ENVIRON["SIG"])
  for (i = n; i > 0; i--) {
    if (state[i] == "undone") continue
    if (ask == "live") print seq[i] FS before[i] FS id[i] FS sig[i]
    if (ask == "exact" && sig[i] == ENVIRON["SIG"] || ask == "key" && key[i] == wanted) {
      print seq[i] FS state[i] FS before[i]; exit
    }
  }
  if (ask == "all") for (i = 1; i <= n; i++)
    if (state[i] != "undone") print seq[i] FS time[i] FS why[i] FS id[i] FS state[i] FS before[i] FS sig[i]
}'
# QUESTION [SIG or PATH] [KIND]
ledger_ask() {
  [ -f "$LEDGER" ] || { [ "$1" != last ] || echo 0; return 0; }
  ASK=$1 SIG=${2:-} KEY=${2:-} KIND=${3:-} awk "$LEDGER_AWK" "$LEDGER"
}
# LINE: appended and on the disk before this returns; a line that did not fit is taken back
ledger_add() {
  size=$(stat -c %s "$LEDGER") || { trouble ledger 'The ledger cannot be read.'; return 1; }
  { printf '%s\n' "$1" >>"$LEDGER"; } 2>"$WORK/err" && sync "$LEDGER" 2>"$WORK/err" && return 0
  truncate -s "$size" "$LEDGER" 2>/dev/null
  trouble_of 'the ledger cannot be written'
}
# A line cut off by a power loss is dropped: its change was either not begun (intent) or will be checked again (done).
ledger_mend() {
  [ -f "$LEDGER" ] && [ -n "$(tail -c 1 "$LEDGER")" ] || return 0
  sed '$d' "$LEDGER" >"$LEDGER.new" && sync "$LEDGER.new" && mv -T "$LEDGER.new" "$LEDGER" ||
    end_with 1 ledger 'The ledger ends in the middle of a line and cannot be mended.'
  chmod 0644 "$LEDGER"
}
# What a run that was killed before its first change may have left
drop_beginnings() {
  [ -f "$LEDGER" ] || [ ! -d "$HOME_DIR" ] || [ -L "$HOME_DIR" ] || {
    rm -f "$HOME_DIR/fingerprint" "$HOME_DIR/fingerprint.new" "$LEDGER.new"
    rmdir "$HOME_DIR" 2>/dev/null || :
  }
}
# Our folder and the ledger; the fingerprint is taken before anything else is changed
ledger_open() {
  if [ ! -f "$LEDGER" ]; then
    drop_beginnings
    made=$(first_missing "$HOME_DIR")
    # A folder that only holds what an earlier removal kept is ours as well.
    ! there "$HOME_DIR/volumes/$VOLUMES_MARK" && ! there "$POOL_MARK" || made=$HOME_DIR
    make_folder "$HOME_DIR" 0755 || return 1
    fingerprint >"$WORK/fingerprint"
    printf 'hearth-ledger\t1\n' >"$WORK/ledger"
    [ -z "$made" ] || printf 'folder\t%s\n' "$made" >>"$WORK/ledger"
    keep_file "$WORK/fingerprint" "$HOME_DIR/fingerprint" 0644 && keep_file "$WORK/ledger" "$LEDGER" 0644 || return 1
  fi
  ledger_mend
  rm -rf "$HOME_DIR/tmp"
}
# FROM TO MODE: a copy that is there whole or not at all
keep_file() {
  must "$2 cannot be written" 3600 cp --no-preserve=all -T "$1" "$2.new" &&
    must "$2 cannot be written" 60 chmod "$3" "$2.new" &&
    must "$2 cannot be written" 600 sync "$2.new" &&
    must "$2 cannot be written" 60 mv -T "$2.new" "$2" &&
    must "$2 cannot be written" 60 sync "${2%/*}"
}

# --- Fingerprint: what a machine looks like where plans may touch it ---------------------------------------------------------

# Left out because it changes without us: times, free space, other interfaces (docking stations, VPNs, other people's
# containers), counters and empty tables of the firewall, modules and settings on no list of ours.
fingerprint() {
  for path in $FILES $PROGRAMS $DIRS $CLAIMS; do describe "$path"; done
  set +f
  for path in /etc/rancher/k3s/config.yaml.d/* /etc/rancher/node/*; do
    ! there "$path" || describe "$path"
  done
  set -f
  for key in $SYSCTLS $SYSCTLS_OF_K3S; do printf 'sysctl %s %s\n' "$key" "$(sysctl_get "$key")"; done
  for name in $MODULES; do [ ! -d "/sys/module/$name" ] || printf 'module %s\n' "$name"; done
  for unit in $UNITS; do printf 'unit %s %s %s\n' "$unit" "$(unit_is active "$unit")" "$(unit_is enabled "$unit")"; done
  for link in $LINKS; do ! link_there "$link" || printf 'link %s\n' "$link"; done
  for tool in iptables ip6tables; do
    ! find_tool "$tool-save" || run 30 "$TOOL" || continue
    [ ! -f "$WORK/out" ] || sed -n "s/^-A/$tool -A/p; s/^:\\([^ ]*\\) - .*/$tool chain \\1/p" "$WORK/out"
    rm -f "$WORK/out"
  done
  # Where only nft is, the same rules are seen through it.
  have iptables-save || ! have nft || ! run 30 nft -s list ruleset || grep -vE '^(table |[[:space:]]*(chain |type |[}]|$))' "$WORK/out" | sed 's/^[[:space:]]*/nft /'
  getent group kvm | sed 's/^/group /'
} 2>/dev/null
# PATH: one line about it
describe() {
  if [ -L "$1" ]; then printf 'path %s link %s\n' "$1" "$(readlink "$1")"
  elif [ -d "$1" ]; then printf 'path %s folder %s\n' "$1" "$(owner_of "$1")"
  elif [ -f "$1" ]; then printf 'path %s file %s %s\n' "$1" "$(owner_of "$1")" "$(sha_of "$1")"
  elif [ -e "$1" ]; then printf 'path %s other\n' "$1"
  else printf 'path %s absent\n' "$1"
  fi
}
owner_of() { stat -c '%a:%u:%g' "$1" 2>/dev/null; }

# --- Steps: folders and files ------------------------------------------------------------------------------------------------

# PATH -> the topmost part of it that is not there yet; nothing when it is there
first_missing() {
  there "$1" && return
  lost=$1
  while up=${lost%/*} && [ -n "$up" ] && ! there "$up"; do lost=$up; done
  printf '%s' "$lost"
}
# PATH MODE: the folder with all above it, whatever umask says; one that is there is left alone
make_folder() {
  [ ! -d "$1" ] || return 0
  folder=$1
  todo=
  while [ ! -d "$folder" ]; do todo="$folder $todo" folder=${folder%/*}; done
  for folder in $todo; do
    mode=0755
    [ "$folder" != "$1" ] || mode=$2
    must "$folder cannot be made" 60 mkdir -m "$mode" "$folder" || return 1
  done
  must "$1 cannot be made" 60 sync "${1%/*}"
}
# PATH TOP: takes empty folders away from PATH up to TOP
drop_folders() {
  gone=$1
  while [ -n "$2" ]; do
    case $gone in "$2" | "$2"/*) ;; *) return 0 ;; esac
    [ ! -d "$gone" ] || rmdir "$gone" 2>/dev/null || return 0
    gone=${gone%/*}
  done
}

dir_undo() { # BEFORE MODE PATH
  case $1 in absent:*) drop_folders "$3" "${1#absent:}" ;; *) ;; esac
}

# A tree for running programs: ours when it was not there, was empty, or was kept by an earlier removal.
claim_free() { # PATH
  parents_safe "$1" || return 1
  [ ! -L "$1" ] || { trouble unsafe-path "$1 is a link."; return 1; }
  there "$1" || return 0
  [ -z "$(ledger_ask key "claim$TAB$1" claim)" ] || return 0
  [ -d "$1" ] || { trouble claim-taken "$1 is there and is no folder."; return 1; }
  parents_safe "$1/x" || return 1
  ! { is_volumes "$1" && [ -f "$1/$VOLUMES_MARK" ]; } || return 0
  [ -z "$(ls -A "$1")" ] || trouble claim-taken "$1 is in use already: something else keeps files there."
}
claim_before() { # PATH
  if [ ! -d "$1" ]; then printf 'absent:%s' "$(first_missing "$1")"
  elif is_volumes "$1" && [ -f "$1/$VOLUMES_MARK" ]; then printf 'absent:%s' "$1"
  else printf 'empty:%s' "$(owner_of "$1")"
  fi
}
claim_apply() { # PATH
  case $1 in
    /run/*) return 0 ;; # made by k3s at every start
    *) ;;
  esac
  mode=0755
  # Nobody needs to list the disks of others; going through by name is enough for what mounts them.
  ! is_volumes "$1" || mode=0711
  make_folder "$1" "$mode" && rm -f "$1/$VOLUMES_MARK"
}
claim_undo() { # BEFORE PATH
  if is_volumes "$2" && [ "$KEEP_DISKS" = 1 ] && [ -d "$2" ]; then
    if [ -n "$(ls -A "$2")" ]; then
      : >"$2/$VOLUMES_MARK" || { trouble command-failed "$2 cannot be marked as kept."; return 1; }
      say_log info "The disks of the virtual machines stay in $2."
      KEPT_DISKS=1
      return 0
    fi
  fi
  # Never through a mount: behind it may be somebody's data.
  mounts_below "$2" >"$WORK/mounts"
  [ ! -s "$WORK/mounts" ] || { trouble mounted "Something is still mounted in $2: $(head -n 1 "$WORK/mounts")"; return 1; }
  case $1 in
    empty:*)
      make_folder "$2" 0755 && must "$2 cannot be emptied" 3600 find "$2" -xdev -mindepth 1 -delete || return 1
      old=${1#empty:}
      chown "${old#*:}" "$2" && chmod "${old%%:*}" "$2" || trouble command-failed "The owner of $2 cannot be put back."
      ;;
    *)
      must "$2 cannot be removed" 3600 rm -rf --one-file-system "$2" || return 1
      drop_folders "${2%/*}" "${1#absent:}"
      ;;
  esac
}

file_holds() { # MODE SIZE SHA PATH
  [ -f "$4" ] && [ ! -L "$4" ] && [ "$(owner_of "$4")" = "${1#0}:0:0" ] && [ "$(sha_of "$4")" = "$3" ]
}
file_ours() { # PATH: whether what is there was placed by us
  now_there=$(sha_of "$1")
  ledger_ask placed "$1" | grep -qxF "$now_there"
}
# What was there before, kept under its hash; "ours" when an earlier entry of the ledger answers for it
file_before() { # PATH
  if ! there "$1"; then
    [ -z "$(ledger_ask key "file$TAB$1" file)" ] || { printf ours; return; }
    printf 'absent:%s' "$(first_missing "$1")"
  elif [ -n "$(ledger_ask key "file$TAB$1" file)" ] && file_ours "$1"; then printf ours
  else
    sha=$(sha_of "$1")
    make_folder "$BEFORE_DIR" 0700 && keep_file "$1" "$BEFORE_DIR/$sha" 0600 || return 1
    printf 'kept:%s:%s' "$sha" "$(owner_of "$1")"
  fi
}
file_apply() { # MODE SIZE SHA PATH
  target_safe "$4" || return 1
  make_folder "${4%/*}" 0755 || return 1
  room=$(free_on "${4%/*}")
  new=${4%/*}/.${4##*/}.hearth-new
  rm -f "$new"
  # The copy is root's alone from its first byte; it is hashed, and the very same file is moved into place.
  copy_in "$STAGING/$3" "$2" "$new" || { rm -f "$new"; case $CODE in no-space) TEXT="$TEXT (free: ${room:-?} bytes, needed: $2)" ;; *) ;; esac; return 1; }
  if [ "$(stat -c %s "$new")" != "$2" ] || [ "$(sha_of "$new")" != "$3" ]; then
    rm -f "$new"
    trouble bad-file "The content of $4 changed after the plan was accepted."
    return 1
  fi
  for unit in $(fresh_for "$4"); do
    make_folder "$FRESH" 0755 && : >"$FRESH/$unit" || { trouble command-failed "$FRESH cannot be written."; return 1; }
  done
  must "$4 cannot be placed" 60 chown 0:0 "$new" && must "$4 cannot be placed" 60 chmod "$1" "$new" &&
    must "$4 cannot be placed" 600 sync "$new" && must "$4 cannot be placed" 60 mv -T "$new" "$4" &&
    must "$4 cannot be placed" 60 sync "${4%/*}" || return 1
  relabel "$4"
  reread "$4"
}
# PATH -> units that must be restarted to see it
fresh_for() {
  case $1 in
    /etc/systemd/system/*) unit=${1##*/} unit=${unit%.env}; printf '%s' "${unit%.service}" ;;
    */bin/hearth-net) printf hearth-net ;;
    */bin/hearth-pool) printf hearth-pool ;;
    */bin/k3s | /etc/rancher/k3s/* | */kubelet.conf.d/*) printf 'k3s k3s-agent' ;;
    *) ;;
  esac
}
# PATH: tells the program that reads it
reread() {
  case $1 in
    /etc/systemd/system/*) run 60 systemctl daemon-reload || : ;;
    /etc/NetworkManager/*) ! have nmcli || run 20 nmcli general reload conf || : ;;
    "$APPARMOR") ! have apparmor_parser || [ ! -f "${APPARMOR%/local/*}/${APPARMOR##*/}" ] || run 120 apparmor_parser -r "${APPARMOR%/local/*}/${APPARMOR##*/}" || : ;;
    *) ;;
  esac
}
# What somebody changed since we placed it is not thrown away.
set_aside() { # PATH
  make_folder "$KEPT_DIR${1%/*}" 0700 || return 1
  aside=$KEPT_DIR$1 count=0
  while there "$aside"; do count=$((count + 1)) aside=$KEPT_DIR$1.$count; done
  must "$1 cannot be set aside" 600 mv -T "$1" "$aside" || return 1
  say_log warning "$1 was changed by somebody since it was placed; it is kept as $aside."
}
file_undo() { # BEFORE MODE SIZE SHA PATH
  rm -f "${5%/*}/.${5##*/}.hearth-new"
  case $1 in
    ours) return 0 ;;
    absent:*)
      [ ! -L "$5" ] || { trouble unsafe-path "$5 is a link now; it is left alone."; return 1; }
      if there "$5"; then
        if file_ours "$5"; then must "$5 cannot be removed" 60 rm -f "$5"; else set_aside "$5"; fi || return 1
      fi
      drop_folders "${5%/*}" "${1#absent:}"
      ;;
    kept:*)
      old=${1#kept:}
      sha=${old%%:*} old=${old#*:}
      if [ -f "$5" ] && [ ! -L "$5" ] && [ "$(sha_of "$5")" = "$sha" ]; then :
      else
        [ "$(sha_of "$BEFORE_DIR/$sha")" = "$sha" ] || { trouble lost "What was in $5 before is not in $BEFORE_DIR any more."; return 1; }
        if there "$5" && ! file_ours "$5"; then set_aside "$5" || return 1; fi
        make_folder "${5%/*}" 0755 && keep_file "$BEFORE_DIR/$sha" "$5" 0600 || return 1
      fi
      chown "${old#*:}" "$5" && chmod "${old%%:*}" "$5" || { trouble command-failed "The owner of $5 cannot be put back."; return 1; }
      relabel "$5"
      ;;
    *) trouble ledger "The ledger's entry for $5 cannot be read."; return 1 ;;
  esac
  reread "$5"
}

# --- Steps: kernel ---------------------------------------------------------------------------------------------------------

modules_hold() { for name in "$@"; do [ -d "/sys/module/$name" ] || return 1; done; }
modules_before() {
  new=
  for name in "$@"; do [ -d "/sys/module/$name" ] || new=$new,$name; done
  printf 'new:%s' "${new#,}"
}
modules_apply() {
  for name in "$@"; do
    [ -d "/sys/module/$name" ] || must "The kernel module $name cannot be loaded" 60 modprobe "$name" || return 1
  done
}
# NAMES by comma: unloaded in turn, where nothing uses them; a module in use stays and does no harm
unload() {
  turned=
  IFS=,
  for name in $1; do turned="$name $turned"; done
  IFS=$SPACES
  for name in $turned; do
    [ "$(cat "/sys/module/$name/refcnt" 2>/dev/null)" = 0 ] || continue
    run 60 modprobe -r "$name" || say_log info "The kernel module $name is still in use and stays loaded until the next boot."
  done
}

sysctl_path() { printf '/proc/sys/%s' "$(printf '%s' "$1" | tr . /)"; }
sysctl_get() { cat "$(sysctl_path "$1")" 2>/dev/null || printf absent; }
sysctl_set() { # KEY VALUE
  file=$(sysctl_path "$1")
  [ -f "$file" ] || { trouble no-setting "The kernel has no setting $1."; return 1; }
  { printf '%s\n' "$2" >"$file"; } 2>"$WORK/err" || trouble_of "The kernel refuses $1 = $2"
}
sysctl_undo() { # BEFORE KEY VALUE
  case $1 in ours | absent) return 0 ;; *) ;; esac
  [ ! -f "$(sysctl_path "$2")" ] || [ "$(sysctl_get "$2")" = "$1" ] || sysctl_set "$2" "$1"
}

# --- Steps: units ------------------------------------------------------------------------------------------------------------

# active|enabled UNIT -> one word
unit_is() {
  answer=$(timeout --foreground 30 systemctl "is-$1" "$2.service" 2>/dev/null </dev/null 3>&- 9>&- | head -n 1)
  printf '%s' "${answer:-unknown}"
}
unit_runs() { case $(unit_is active "$1") in active | activating | reloading) return 0 ;; *) return 1 ;; esac; }
unit_start() { # UNIT: does not wait: k3s needs minutes, and a unit that crashes is restarted for ever
  must "systemctl daemon-reload failed" 120 systemctl daemon-reload || return 1
  verb=start
  # Running with files that were replaced since: only a restart makes it see them.
  [ ! -e "$FRESH/$1" ] || ! unit_runs "$1" || verb=restart
  must "$1 cannot be started" 120 systemctl "$verb" --no-block "$1.service" && rm -f "$FRESH/$1"
}
unit_stop() { must "$1 cannot be stopped" 600 systemctl stop "$1.service"; }
unit_before() { # KIND UNIT
  [ -z "$(ledger_ask key "$1$TAB$2" "$1")" ] || { printf ours; return; }
  if unit_runs "$2"; then printf active; else printf inactive; fi
}
unit_undo() { # BEFORE KIND UNIT
  case $1 in
    inactive)
      # A unit whose file is gone counts as stopped.
      ! unit_runs "$3" || unit_stop "$3" || return 1
      run 60 systemctl reset-failed "$3.service" || :
      ;;
    active) unit_runs "$3" || unit_start "$3" ;;
    *) ;;
  esac
}
enable_undo() { # BEFORE UNIT
  [ "$1" != disabled ] || must "$2 cannot be disabled" 120 systemctl disable "$2.service"
}
last_lines() { # UNIT COUNT LEVEL
  have journalctl || return 0
  run 60 journalctl -u "$1.service" -n "$2" --no-pager -o cat && say_lines "$3" ",\"unit\":\"$1\"" <"$WORK/out"
}
stopped() { [ "$GONE" = 1 ] || [ "$STOP" = 1 ] || { [ -n "$STAGING" ] && there "$STAGING/stop"; }; }
unit_wait() { # UNIT SECONDS: active, and not restarted for 5 s
  at=0 calm=0 first='' seen=''
  while :; do
    run 30 systemctl show -p ActiveState,SubState,NRestarts,ExecMainStatus "$1.service"
    active=$(sed -n 's/^ActiveState=//p' "$WORK/out") sub=$(sed -n 's/^SubState=//p' "$WORK/out")
    restarts=$(sed -n 's/^NRestarts=//p' "$WORK/out") status=$(sed -n 's/^ExecMainStatus=//p' "$WORK/out")
    is_number "$restarts" 999999 || restarts=0
    first=${first:-$restarts}
    if [ "$active" = active ] && [ "$restarts" = "${seen:-$restarts}" ]; then calm=$((calm + 1)); else calm=0; fi
    seen=$restarts
    [ "$calm" -le 5 ] || return 0
    if [ "$active" = failed ] || [ "$((restarts - first))" -ge 5 ]; then
      last_lines "$1" 20 error
      trouble unit-failed "$1 does not stay up: state $active ($sub), restarted $((restarts - first)) times while we waited, last exit status ${status:-?}."
      return 1
    fi
    if [ "$at" -ge "$2" ]; then
      last_lines "$1" 20 error
      trouble unit-timeout "$1 was not up after $2 s: state $active ($sub)."
      return 1
    fi
    ! stopped || { trouble stopped 'Stopped on request.'; return 1; }
    [ "$((at % 2))" = 0 ] || say_step running "$active ($sub), $at s"
    at=$((at + 1))
    sleep 1
  done
}

# --- Steps: access, people, firewall ------------------------------------------------------------------------------------------

KUBECONFIG_OF_K3S=/etc/rancher/k3s/k3s.yaml
handover_holds() { # UID
  copy=$HOME_DIR/handover/$1/kubeconfig
  [ -s "$KUBECONFIG_OF_K3S" ] && cmp -s "$KUBECONFIG_OF_K3S" "$copy" && [ "$(stat -c '%a:%u' "$copy")" = "600:$1" ]
}
handover_apply() { # UID SECONDS
  at=0
  # k3s writes it once its API server is up; a file that has no user's key yet is not whole.
  until grep -q 'client-key-data:' "$KUBECONFIG_OF_K3S" 2>/dev/null; do
    [ "$at" -lt "$2" ] || { trouble no-kubeconfig "k3s wrote no $KUBECONFIG_OF_K3S within $2 s."; return 1; }
    ! stopped || { trouble stopped 'Stopped on request.'; return 1; }
    [ "$((at % 2))" = 0 ] || say_step running "waiting for $KUBECONFIG_OF_K3S, $at s"
    at=$((at + 1))
    sleep 1
  done
  # The folders stay root's, so that the user can put no link where root writes next time.
  folder=$HOME_DIR/handover/$1
  make_folder "$folder" 0755 && keep_file "$KUBECONFIG_OF_K3S" "$folder/kubeconfig.root" 0600 &&
    must 'The access file cannot be given' 60 chown "$1" "$folder/kubeconfig.root" &&
    must 'The access file cannot be given' 60 mv -T "$folder/kubeconfig.root" "$folder/kubeconfig"
}

group_holds() { # USER GROUP
  members=$(getent group "$2" | cut -d: -f4)
  case ",$members," in *",$1,"*) return 0 ;; *) return 1 ;; esac
}

firewall_holds() { # TOOL SOURCE
  if [ "$1" = firewalld ]; then
    run 60 firewall-cmd --permanent --zone=trusted "--query-source=$2" && run 60 firewall-cmd --zone=trusted "--query-source=$2"
  else
    run 60 ufw show added && grep -qxF "ufw allow from $2" "$WORK/out" && grep -qxF "ufw route allow from $2" "$WORK/out"
  fi
}
firewall_apply() { # TOOL SOURCE
  if [ "$1" = firewalld ]; then
    run 60 firewall-cmd --permanent --zone=trusted "--query-source=$2" ||
      must 'firewalld refuses' 60 firewall-cmd --permanent --zone=trusted "--add-source=$2" || return 1
    run 60 firewall-cmd --zone=trusted "--query-source=$2" ||
      must 'firewalld refuses' 60 firewall-cmd --zone=trusted "--add-source=$2"
  else
    must 'ufw refuses' 60 ufw allow from "$2" && must 'ufw refuses' 60 ufw route allow from "$2"
  fi
}
firewall_undo() { # BEFORE TOOL SOURCE
  [ "$1" = absent ] || return 0
  if [ "$2" = firewalld ]; then
    ! run 60 firewall-cmd --permanent --zone=trusted "--query-source=$3" ||
      must 'firewalld refuses' 60 firewall-cmd --permanent --zone=trusted "--remove-source=$3" || return 1
    ! run 60 firewall-cmd --zone=trusted "--query-source=$3" ||
      must 'firewalld refuses' 60 firewall-cmd --zone=trusted "--remove-source=$3"
  else
    run 60 ufw show added
    cp "$WORK/out" "$WORK/rules"
    ! grep -qxF "ufw allow from $3" "$WORK/rules" || must 'ufw refuses' 60 ufw delete allow from "$3" || return 1
    ! grep -qxF "ufw route allow from $3" "$WORK/rules" || must 'ufw refuses' 60 ufw route delete allow from "$3"
  fi
}

# --- Steps: pools (LVM thin pools for snapshots) --------------------------------------------------------------------------------

vg_there() { run 60 vgs --noheadings -o vg_name "$VG" && grep -qw "$VG" "$WORK/out"; }
vg_device() { run 60 pvs --noheadings -o pv_name -S "vg_name=$VG" && tr -d ' ' <"$WORK/out" | head -n 1; }
thin_there() { run 60 lvs --noheadings -o lv_name "$VG/$THIN" && grep -qw "$THIN" "$WORK/out"; }
pool_loop() { run 60 losetup -n -O NAME -j "$POOL_FILE" && head -n 1 "$WORK/out" | tr -d ' '; }
# DEVICE: volume group and thin pool on it; what is there already from a run that was killed is used
pool_make() {
  vg_there || { must 'pvcreate failed' 300 pvcreate -q "$1" && must 'vgcreate failed' 300 vgcreate -q "$VG" "$1"; } || return 1
  [ "$(vg_device)" = "$1" ] || { trouble vg-taken "There is a volume group $VG already, on another device."; return 1; }
  must 'vgchange failed' 300 vgchange -ay "$VG" || return 1
  # A part stays free, so that the pool's own records can grow.
  thin_there || must 'lvcreate failed' 600 lvcreate -q --type thin-pool -l 95%FREE -n "$THIN" "$VG"
}
pool_drop() { # DEVICE
  if vg_there; then
    [ "$(vg_device)" = "$1" ] || { trouble vg-taken "The volume group $VG is on another device now; it is left alone."; return 1; }
    must 'The volumes are in use' 300 vgchange -an "$VG" && must 'vgremove failed' 300 vgremove -ff -y "$VG" || return 1
  fi
  ! run 60 pvs "$1" || must 'pvremove failed' 300 pvremove -ff -y "$1"
}
pool_keep() { # what stays when the disks of the virtual machines are to be kept
  [ "$KEEP_DISKS" = 1 ] || return 1
  say_log info "The volume group $VG with the disks of the virtual machines stays."
  KEPT_DISKS=1
}

pool_file_holds() { loop=$(pool_loop) && [ -n "$loop" ] && vg_there && [ "$(vg_device)" = "$loop" ] && thin_there && [ ! -e "$POOL_MARK" ]; }
pool_file_apply() { # SIZE
  have vgcreate || { trouble no-lvm 'LVM (package lvm2) is not installed.'; return 1; }
  if [ ! -f "$POOL_FILE" ]; then
    # A sparse file that outgrows its disk would stop every machine in it at once.
    free=$(free_on "$HOME_DIR")
    [ "$((${free:-0} - 1073741824))" -ge "$1" ] || { trouble no-space "A pool of $1 bytes does not fit: ${free:-0} bytes are free, and 1 GiB must stay."; return 1; }
    must 'The file of the pool cannot be made' 60 truncate -s "$1" "$POOL_FILE.new" &&
      must 'The file of the pool cannot be made' 60 mv -T "$POOL_FILE.new" "$POOL_FILE" || return 1
  fi
  loop=$(pool_loop)
  [ -n "$loop" ] || must 'The file of the pool cannot be attached' 60 losetup -f --nooverlap "$POOL_FILE" || return 1
  loop=$(pool_loop)
  pool_make "$loop" && rm -f "$POOL_MARK"
}
pool_file_undo() {
  [ -f "$POOL_FILE" ] || return 0
  ! pool_keep || { : >"$POOL_MARK"; return; }
  loop=$(pool_loop)
  if [ -n "$loop" ]; then
    pool_drop "$loop" && must 'The file of the pool cannot be detached' 60 losetup -d "$loop" || return 1
  fi
  rm -f "$POOL_FILE" "$POOL_FILE.new" "$POOL_MARK"
}

# A disk is taken only when nothing at all is on it.
disk_free() { # DISK
  [ -L "$1" ] && [ -b "$1" ] || { trouble disk-in-use "There is no disk $1."; return 1; }
  device=$(readlink -f "$1")
  [ -z "$(ledger_ask key "pool-disk$TAB$1" pool-disk)" ] || return 0
  for other in $(readlink -f "/sys/class/block/${device##*/}"); do
    set +f
    for part in "$other"/*/partition "$other"/holders/*; do
      ! there "$part" || { set -f; trouble disk-in-use "$1 has partitions or is used by another device."; return 1; }
    done
    set -f
  done
  ! grep -q "^${device}[0-9p]* " /proc/self/mounts /proc/swaps || { trouble disk-in-use "$1 is mounted or used as swap."; return 1; }
  run 60 wipefs -n -p "$device" || { trouble_of "$1 cannot be looked at"; return 1; }
  ! grep -qv '^#' "$WORK/out" || trouble disk-in-use "$1 is not empty: it carries a file system, a partition table or another mark."
}
pool_disk_holds() { [ "$(vg_device)" = "$(readlink -f "$1")" ] && thin_there; }
pool_disk_apply() {
  have vgcreate || { trouble no-lvm 'LVM (package lvm2) is not installed.'; return 1; }
  pool_make "$(readlink -f "$1")"
}
pool_disk_undo() { [ -b "$1" ] || return 0; pool_keep || pool_drop "$(readlink -f "$1")"; }

# --- Steps: backups ----------------------------------------------------------------------------------------------------------

# k3s is stopped while its database is copied or replaced. Who stopped it is written down, so that a run that was killed in
# between does not leave the appliance down.
PAUSED=$HOME_DIR/paused
NEW_PARTS=$K3S_DATA/.hearth-new
OLD_PARTS=$K3S_DATA/.hearth-old
k3s_pause() {
  unit_runs k3s || return 0
  : >"$PAUSED" && sync "$PAUSED" "$HOME_DIR" && unit_stop k3s
}
k3s_resume() {
  [ -e "$PAUSED" ] || return 0
  must 'k3s cannot be started again' 120 systemctl start --no-block k3s.service && rm -f "$PAUSED"
}
# PART -> a name for it in a flat folder
part_name() { printf '%s' "$1" | tr / _; }
# Puts back what a restore that did not end had moved away
restore_undo() {
  [ -d "$OLD_PARTS" ] || { rm -rf "$NEW_PARTS"; return 0; }
  for part in $PARTS; do
    flat=$OLD_PARTS/$(part_name "$part")
    # Moving to another file system copies first: what counts is whichever of the two is whole.
    there "$flat" || there "$part" || ! there "$flat.moving" || mv -T "$flat.moving" "$flat"
    if there "$flat"; then rm -rf "$part" && mkdir -p "${part%/*}" && mv -T "$flat" "$part"; elif there "$flat.absent"; then rm -rf "$part"; fi ||
      { trouble command-failed "$part cannot be put back; it is in $flat."; return 1; }
  done
  rm -rf "$NEW_PARTS" "$OLD_PARTS"
}
# What a run that was killed left half done
recover() {
  if [ -d "$OLD_PARTS" ]; then
    say_log warning 'A restore was interrupted: what was there before it is put back.'
    unit_stop k3s || :
    restore_undo || return 1
  fi
  [ ! -e "$PAUSED" ] || { say_log info 'k3s had been stopped by an interrupted run and is started again.' && k3s_resume; }
}

backup_make() { # NAME
  [ -d "$K3S_DATA/server/db" ] || { trouble no-server 'There is no database of k3s on this machine.'; return 1; }
  make_folder "$BACKUPS" 0700 || return 1
  set -- "$1" "$BACKUPS/$1.tar"
  members=
  for part in $PARTS /etc/rancher/k3s; do [ ! -e "$part" ] || [ -L "$part" ] || members="$members ${part#/}"; done
  # shellcheck disable=SC2086 # the parts hold no spaces
  need=$(cd / && du -skc --exclude=snapshots $members | tail -n 1 | cut -f1)
  free=$(free_on "$BACKUPS")
  [ "$((${free:-0} / 1024))" -gt "$((need + 65536))" ] ||
    { trouble no-space "A backup needs about $need KiB and 64 MiB to spare; ${free:-0} bytes are free."; return 1; }
  # shellcheck disable=SC2086
  must 'The backup cannot be written' 3600 tar -C / -cf "$2.new" --numeric-owner \
    --exclude=var/lib/rancher/k3s/server/db/snapshots $members &&
    must 'The backup cannot be written' 600 sync "$2.new" &&
    must 'The backup cannot be read again' 3600 tar -tf "$2.new" &&
    must 'The backup cannot be written' 60 mv -T "$2.new" "$2" && sync "$BACKUPS" && return 0
  rm -f "$2.new"
  return 1
}
backup_apply() { # NAME
  k3s_pause || return 1
  if backup_make "$1"; then k3s_resume; else
    why=$CODE text=$TEXT
    k3s_resume || text="$text $TEXT"
    trouble "$why" "$text"
  fi
}
# TAR: only our parts, only files and folders, nothing that leads out
tar_safe() {
  must 'The backup cannot be read' 3600 tar -tvf "$1" --numeric-owner --full-time --quoting-style=escape || return 1
  ! grep -qv '^[-d]' "$WORK/out" || { trouble bad-backup 'The backup holds something else than files and folders.'; return 1; }
  must 'The backup cannot be read' 3600 tar -tf "$1" --quoting-style=escape || return 1
  ! grep -qvE '^(var/lib/rancher/k3s/server/(db|tls|cred|token|agent-token)|etc/rancher/(k3s|node))(/[A-Za-z0-9._@=+:,/-]*)?$' "$WORK/out" &&
    ! grep -qE '(^|/)\.\.(/|$)|//' "$WORK/out" || { trouble bad-backup 'The backup holds files that do not belong into it.'; return 1; }
  grep -q '^var/lib/rancher/k3s/server/db/' "$WORK/out" && grep -qx 'var/lib/rancher/k3s/server/token' "$WORK/out" ||
    trouble bad-backup 'The backup holds no database or no token.'
}
# NAME: the parts are unpacked beside, then exchanged by renames; until the last one everything can be put back
restore_apply() {
  from=$BACKUPS/$1.tar
  [ -f "$from" ] && [ ! -L "$from" ] || { trouble no-backup "There is no backup $1."; return 1; }
  tar_safe "$from" || return 1
  need=$(stat -c %s "$from")
  free=$(free_on "$K3S_DATA")
  [ "$((${free:-0} - 67108864))" -gt "$need" ] || { trouble no-space "Unpacking needs $need bytes and 64 MiB to spare; ${free:-0} bytes are free."; return 1; }
  k3s_pause || return 1
  if restore_parts "$1" "$from"; then k3s_resume; else
    why=$CODE text=$TEXT
    restore_undo || text="$text $TEXT"
    k3s_resume || text="$text $TEXT"
    trouble "$why" "$text"
  fi
}
restore_parts() { # NAME TAR
  # The state before is a backup of its own; the last one of its kind is replaced.
  if [ "$1" != before-restore ] && [ -d "$K3S_DATA/server/db" ]; then backup_make before-restore || return 1; fi
  rm -rf "$NEW_PARTS"
  mkdir -m 0700 "$NEW_PARTS" || { trouble command-failed "$NEW_PARTS cannot be made."; return 1; }
  must 'The backup cannot be unpacked' 3600 tar -C "$NEW_PARTS" -xpf "$2" --numeric-owner --no-overwrite-dir || return 1
  mkdir -m 0700 "$OLD_PARTS" || { trouble command-failed "$OLD_PARTS cannot be made."; return 1; }
  for part in $PARTS; do
    flat=$OLD_PARTS/$(part_name "$part")
    # A link (k3s makes agent-token one) is k3s' to make again.
    if there "$part"; then
      must "$part cannot be moved" 600 mv -T "$part" "$flat.moving" && mv -T "$flat.moving" "$flat"
    else : >"$flat.absent"
    fi || return 1
    [ ! -e "$NEW_PARTS$part" ] || { mkdir -p "${part%/*}" && must "$part cannot be moved" 600 mv -T "$NEW_PARTS$part" "$part"; } || return 1
  done
  sync
  # From here on the new state counts.
  must 'The restore cannot be ended' 60 mv -T "$OLD_PARTS" "$NEW_PARTS/old" || return 1
  rm -rf "$NEW_PARTS"
}

# --- Steps: pods and tokens ------------------------------------------------------------------------------------------------------

# The same as k3s' own k3s-killall.sh does, but never a rule, link or mount of others, and nothing about Tailscale.
pods_kill() {
  for _ in 1 2 3; do
    shim_trees >"$WORK/pids"
    [ -s "$WORK/pids" ] || break
    while read -r pid; do kill -9 "$pid" 2>/dev/null; done <"$WORK/pids"
    sleep 1
  done
  for prefix in /run/k3s /var/lib/kubelet/pods /var/lib/kubelet/plugins /run/kubevirt /run/kubevirt-private \
    /var/lib/kubevirt /run/netns; do
    mounts_below "$prefix" >"$WORK/mounts"
    while IFS= read -r point; do
      case $point in /run/netns/cni-*) ;; /run/netns/*) continue ;; *) ;; esac
      run 30 umount "$point" || run 30 umount -l "$point" || say_log warning "$point cannot be unmounted."
      case $point in /run/netns/cni-*) rm -f "$point" ;; *) ;; esac
    done <"$WORK/mounts"
  done
  if have ip; then
    run 30 ip -o link show
    sed -n 's/^[0-9]*: \([^:@]*\)[:@].* master cni0 .*/\1/p' "$WORK/out" >"$WORK/links"
    for link in $LINKS; do [ "$link" = hl0 ] || ! link_there "$link" || printf '%s\n' "$link"; done >>"$WORK/links"
    while read -r link; do run 30 ip link delete "$link" || :; done <"$WORK/links"
  fi
  for tool in iptables ip6tables; do firewall_clean "$tool" || return 1; done
}
# Processes of our k3s' containers: every shim started from our data folder, with everything below it
# shellcheck disable=SC2016 # the $ are awk's
shim_trees() {
  set +f
  for process in /proc/[0-9]*; do
    case $(readlink "$process/exe" 2>/dev/null) in
      "$K3S_DATA"/data/*/bin/containerd-shim*) printf 'shim %s\n' "${process#/proc/}" ;;
      *) ;;
    esac
  done >"$WORK/shims"
  [ ! -s "$WORK/shims" ] || grep -s '^PPid:' /proc/[0-9]*/status | sed 's/^.proc.\([0-9]*\).status:PPid:[^0-9]*/child \1 /' |
    awk '$1 == "shim" { root[$2] = 1; next } { parent[$2] = $3 }
      END { for (pid in parent) for (at = pid; at > 1; at = parent[at]) if (at in root) { print pid; break } }' "$WORK/shims" -
  set -f
}
link_there() { [ -e "/sys/class/net/$1" ] || { have ip && run 30 ip link show "$1"; }; }
# NAME -> TOOL: the system's, else the one k3s brought, which made the rules then
find_tool() {
  TOOL=$(command -v "$1") && return 0
  TOOL=$(readlink -f "$K3S_DATA/data/current/bin/aux/$1" 2>/dev/null)
  case $TOOL in "$K3S_DATA"/data/*) [ -x "$TOOL" ] && [ "$(stat -L -c %u "$TOOL")" = 0 ] && parents_safe "$TOOL" ;; *) return 1 ;; esac
}
# Rules of kube-proxy, of k3s' network policies, of flannel and of the CNI plugins: a change set that names only them, given
# to iptables-restore as one transaction. The rules of others are not even written again.
# shellcheck disable=SC2016 # the $ are awk's
FIREWALL_AWK='
function ours(name) { return name ~ /^(KUBE-|CNI-|FLANNEL-)/ }
function target(rule,    part, n, i) {
  gsub(/"[^"]*"/, "x", rule); n = split(rule, part, " ")
  for (i = 1; i < n; i++) if (part[i] == "-j" || part[i] == "-g") return part[i + 1]
  return ""
}
/^\*/ { table = $0; chains = rules = drops = "" }
/^:/ { name = substr($1, 2); if (ours(name)) { chains = chains ":" name " - [0:0]\n"; drops = drops "-X " name "\n" } }
/^-A / && !ours($2) && (ours(target($0)) || /--comment "flanneld (masq|forward)"/ ||
  /--comment "rule to explicitly ACCEPT traffic that comply to network policies".* --mark 0x20000\/0x20000 -j ACCEPT/) {
  rules = rules "-D" substr($0, 3) "\n"
}
/^COMMIT/ { if (chains rules != "") printf "%s\n%s%s%sCOMMIT\n", table, chains, rules, drops }'
firewall_clean() { # iptables|ip6tables
  find_tool "$1-save" && run 60 "$TOOL" || return 0
  awk "$FIREWALL_AWK" "$WORK/out" >"$WORK/change"
  [ -s "$WORK/change" ] && find_tool "$1-restore" || return 0
  timeout --foreground -k 10 60 "$TOOL" -w 10 --noflush <"$WORK/change" >"$WORK/out" 2>"$WORK/err" 3>&- 9>&- ||
    trouble_of "The rules of k3s cannot be taken out of $1"
}

token_make() { # HOURS -> $WORK/token
  for k3s in /usr/local/bin/k3s /opt/bin/k3s; do
    [ -x "$k3s" ] && target_safe "$k3s" && [ "$(stat -c %u "$k3s")" = 0 ] || continue
    must 'k3s gives no token' 60 "$k3s" token create --ttl "$1h" || return 1
    grep -E '^[A-Za-z0-9:._-]{10,500}$' "$WORK/out" | tail -n 1 >"$WORK/token"
    [ -s "$WORK/token" ] || trouble command-failed 'k3s printed no token.'
    return
  done
  trouble no-k3s 'There is no k3s on this machine.'
}

# --- Applying a plan --------------------------------------------------------------------------------------------------------------

# before|after KIND FIELD...: whether the step need not be done, or was done well
step_holds() {
  phase=$1 kind=$2
  shift 2
  case $kind in
    dir) [ -d "$2" ] && [ ! -L "$2" ] ;;
    claim) case $1 in /run/*) return 0 ;; *) [ -d "$1" ] && [ ! -e "$1/$VOLUMES_MARK" ] ;; esac ;;
    file) file_holds "$@" ;;
    modules) modules_hold "$@" ;;
    sysctl) [ "$(sysctl_get "$1")" = "$2" ] ;;
    enable) [ "$(unit_is enabled "$1")" = enabled ] ;;
    start) [ "$phase" = after ] || { unit_runs "$1" && [ ! -e "$FRESH/$1" ]; } ;; # a start does not wait
    stop) ! unit_runs "$1" ;;
    handover) handover_holds "$1" ;;
    group) group_holds "$@" ;;
    firewall) firewall_holds "$@" ;;
    pool-file) pool_file_holds ;;
    pool-disk) pool_disk_holds "$1" ;;
    backup) [ -f "$BACKUPS/$1.tar" ] ;;
    drop-backup) [ ! -e "$BACKUPS/$1.tar" ] ;;
    # These are done whenever a plan says so.
    *) [ "$phase" = after ] ;;
  esac
}
# KIND FIELD... -> what is there now, in one word for the ledger
step_before() {
  kind=$1
  shift
  case $kind in
    dir) if [ -d "$2" ]; then printf present; else printf 'absent:%s' "$(first_missing "$2")"; fi ;;
    claim) claim_before "$1" ;;
    file) file_before "$4" ;;
    modules) modules_before "$@" ;;
    sysctl) if [ -n "$(ledger_ask key "sysctl$TAB$1" sysctl)" ]; then printf ours; else sysctl_get "$1"; fi ;;
    enable)
      if [ -n "$(ledger_ask key "enable$TAB$1" enable)" ]; then printf ours
      elif [ "$(unit_is enabled "$1")" = enabled ]; then printf enabled
      else printf disabled; fi
      ;;
    start | restart | stop) unit_before "$kind" "$1" ;;
    group) if group_holds "$@"; then printf member; else printf absent; fi ;;
    firewall) if firewall_holds "$@"; then printf present; else printf absent; fi ;;
    *) printf absent ;;
  esac
}
step_apply() {
  kind=$1
  shift
  case $kind in
    dir) parents_safe "$2/x" && make_folder "$2" "$1" ;;
    claim) claim_free "$1" && claim_apply "$1" ;;
    file) file_apply "$@" ;;
    modules) modules_apply "$@" ;;
    sysctl) sysctl_set "$1" "$2" ;;
    enable) must 'systemctl daemon-reload failed' 120 systemctl daemon-reload && must "$1 cannot be enabled" 120 systemctl enable "$1.service" ;;
    start) unit_start "$1" ;;
    restart) make_folder "$FRESH" 0755 && : >"$FRESH/$1" && unit_start "$1" ;;
    stop) unit_stop "$1" ;;
    wait-unit) unit_wait "$1" "$2" ;;
    handover) handover_apply "$1" "$2" ;;
    group) must "$1 cannot be added to the group $2" 60 usermod -aG "$2" "$1" ;;
    firewall) firewall_apply "$@" ;;
    pool-file) pool_file_apply "$1" ;;
    pool-disk) pool_disk_apply "$1" ;;
    backup) backup_apply "$1" ;;
    restore) restore_apply "$1" ;;
    drop-backup) must "The backup $1 cannot be removed" 60 rm -f "$BACKUPS/$1.tar" ;;
    kill-pods) pods_kill ;;
    token) token_make "$1" ;;
    *) trouble bad-plan 'There is no such step.' ;;
  esac
}
# Whether the ledger's entry (STATE BEFORE) for exactly this step still answers for what is there now. A file that somebody
# changed since must be kept once more, so it gets an entry of its own.
entry_serves() {
  [ "$3" = file ] || return 0
  there "$7" && ! file_ours "$7" || return 0
  case $2 in kept:*) [ "$1" = intent ] && [ "$(sha_of "$7")" = "$(printf '%s' "$2" | cut -d: -f2)" ] ;; *) return 1 ;; esac
}
value_of() { # KIND FIELD...: what the step gives back
  case $1 in
    token) cat "$WORK/token" ;;
    backup) stat -c %s "$BACKUPS/$2.tar" ;;
    handover) printf '%s/handover/%s/kubeconfig' "$HOME_DIR" "$2" ;;
    *) ;;
  esac
}
# KIND FIELD...: check, note down, do, verify, note down
step_run() {
  seq='' state='' before='' was='done'
  ! step_holds before "$@" || was=skipped
  case $1 in
    wait-unit | token | kill-pods | backup | restore | drop-backup) ;; # nothing to undo
    *)
      entry=$(ledger_ask exact "$SIG")
      if [ -n "$entry" ]; then
        seq=${entry%%"$TAB"*} entry=${entry#*"$TAB"}
        state=${entry%%"$TAB"*} before=${entry#*"$TAB"}
        entry_serves "$state" "$before" "$@" || seq=
      fi
      if [ -n "$seq" ]; then
        [ "$state" != 'done' ] || [ "$was" != skipped ] || { say_step skipped; return 0; }
      else
        seq=$(ledger_ask last)
        is_number "$seq" 999999999 || { trouble ledger 'The ledger cannot be read.'; return 1; }
        seq=$((seq + 1))
        before=$(step_before "$@") && [ -n "$before" ] || { [ -n "$CODE" ] || trouble_of 'What is there now cannot be kept'; return 1; }
        ledger_add "intent$TAB$seq$TAB$(now)$TAB$PURPOSE$TAB$ID$TAB$SIG${TAB}before=$before" || return 1
      fi
      ;;
  esac
  if [ "$was" = 'done' ]; then
    step_apply "$@" || return 1
    step_holds after "$@" || { trouble not-so 'It was done, but looking again it is not so.'; return 1; }
  fi
  [ -z "$seq" ] || ledger_add "done$TAB$seq$TAB$(now)" || return 1
  [ "$was" = skipped ] && set -- 'It was so already.' "$(value_of "$@")" || set -- '' "$(value_of "$@")"
  say_step "$was" "$1" "$2"
}
# DO: calls DO KIND FIELD... for every step of the plan; N, ID and SIG say which
each_step() {
  N=0
  while IFS= read -r line <&4; do
    case $line in step"$TAB"*) ;; *) continue ;; esac
    N=$((N + 1))
    line=${line#*"$TAB"}
    ID=${line%%"$TAB"*} SIG=${line#*"$TAB"}
    IFS=$TAB
    # shellcheck disable=SC2086 # splitting at TAB is what is wanted
    set -- "$1" $SIG
    IFS=$SPACES
    "$@" || return 1
    set -- "$1"
  done 4<"$WORK/plan"
}
check_step() { machine_allows "$@" || refuse "$CODE" "$ID: $TEXT"; }
one_step() {
  CODE='' TEXT=''
  ! stopped || end_with 1 stopped 'Stopped on request before this step.'
  say_step running
  step_run "$@" && return 0
  say_failed "$CODE" "$TEXT"
  end_with 1 "$CODE" "$TEXT"
}
apply() { # STAGING SHA256
  STAGING=$1
  read_plan "$1" "$2"
  # Machine and content are looked at for the whole plan before the first change.
  ! there "$HOME_DIR" || { parents_safe "$HOME_DIR/x" || refuse "$CODE" "$TEXT"; }
  each_step check_step
  say "{\"event\":\"hello\",\"version\":1,\"purpose\":\"$PURPOSE\",\"steps\":$COUNT}"
  N=0 ID=
  ledger_open || end_with 1 "$CODE" "$TEXT"
  recover || end_with 1 "$CODE" "$TEXT"
  each_step one_step
  say '{"event":"end","ok":true}'
}

# --- Removing everything ----------------------------------------------------------------------------------------------------------

# BEFORE KIND FIELD...
step_undo() {
  before=$1 kind=$2
  shift 2
  case $kind in
    dir) dir_undo "$before" "$@" ;;
    claim) claim_undo "$before" "$1" ;;
    file) file_undo "$before" "$@" ;;
    modules) unload "${before#new:}" ;;
    sysctl) sysctl_undo "$before" "$@" ;;
    enable) enable_undo "$before" "$1" ;;
    start | restart | stop) unit_undo "$before" "$kind" "$1" ;;
    handover) rm -f "$HOME_DIR/handover/$1/kubeconfig" ;;
    group)
      [ "$before" != absent ] || ! group_holds "$@" || must "$1 cannot be taken out of the group $2" 60 gpasswd -d "$1" "$2"
      ;;
    firewall) firewall_undo "$before" "$@" ;;
    pool-file) pool_file_undo ;;
    pool-disk) pool_disk_undo "$1" ;;
    *) trouble ledger 'The ledger holds a step that is not known.' ;;
  esac
}
# Units of ours are stopped, and what k3s leaves running is ended: only then its files can go.
remove_running() {
  for unit in $UNITS; do
    ledger_ask live | grep -q "$TAB\(start\|restart\|stop\|enable\)$TAB$unit\$\|/etc/systemd/system/$unit\.service\$" || continue
    ! unit_runs "$unit" || unit_stop "$unit" || return 1
    # Its interface goes with it, unless it crashed.
    [ "$unit" != hearth-net ] || ! link_there hl0 || run 30 ip link delete hl0 || :
  done
  [ -z "$(ledger_ask key "claim$TAB$K3S_DATA" claim)" ] || pods_kill
}
# Settings that k3s and the kubelet changed by themselves
remove_settings() {
  [ -f "$HOME_DIR/fingerprint" ] || return 0
  for key in $SYSCTLS_OF_K3S; do
    old=$(sed -n "s/^sysctl $key \([0-9][0-9]*\)$/\1/p" "$HOME_DIR/fingerprint" | head -n 1)
    [ -z "$old" ] || [ "$(sysctl_get "$key")" = "$old" ] || [ ! -f "$(sysctl_path "$key")" ] || sysctl_set "$key" "$old" ||
      say_log warning "$TEXT"
  done
}
# What differs from before, in words. Our own folder goes last, and modules that k3s made the kernel load by itself stay
# until the next boot, with the settings that came with them: neither counts.
remove_compare() {
  # A removal that was killed at its very end has thrown the fingerprint away already.
  [ -f "$HOME_DIR/fingerprint" ] || return 0
  fingerprint | sort -u >"$WORK/after"
  sort -u "$HOME_DIR/fingerprint" | comm -3 - "$WORK/after" | grep -v "path $HOME_DIR " >"$WORK/differs"
  new_settings=" $(sed -n 's/^sysctl \(.*\) absent$/\1/p' "$WORK/differs" | tr '\n' ' ')"
  differs=0
  while IFS= read -r line; do
    case $line in
      "$TAB"module\ *) grep -q "^intent.*${TAB}modules$TAB.*${line##* }" "$LEDGER" || continue ;;
      "$TAB"path\ "$HOME_DIR"/volumes\ *) [ "$KEPT_DISKS" = 0 ] || continue ;;
      "path $HOME_DIR/volumes "*) [ "$KEPT_DISKS" = 0 ] || continue ;;
      *sysctl\ *)
        setting=${line#*sysctl }
        case $new_settings in *" ${setting%% *} "*) continue ;; *) ;; esac
        ;;
      *) ;;
    esac
    differs=$((differs + 1))
    case $line in "$TAB"*) say_log warning "It is so now: ${line#"$TAB"}" ;; *) say_log warning "It was so before: $line" ;; esac
  done <"$WORK/differs"
  [ "$differs" != 0 ] || say_log info 'This computer is as it was before the first change.'
}
# Our own folder, the ledger last: a removal that is killed finds it again.
remove_home() {
  made=$(sed -n "2s/^folder$TAB//p" "$LEDGER")
  set +f
  for path in "$HOME_DIR"/* "$HOME_DIR"/.[!.]*; do
    case $path in
      "$LEDGER") continue ;;
      "$HOME_DIR/volumes") [ ! -e "$path/$VOLUMES_MARK" ] || continue ;;
      "$POOL_FILE" | "$POOL_MARK") [ ! -e "$POOL_MARK" ] || continue ;;
      *) ;;
    esac
    [ -z "$(mounts_below "$path" at)" ] || { set -f; trouble mounted "Something is still mounted at or in $path."; return 1; }
    must "$path cannot be removed" 3600 rm -rf --one-file-system "$path" || { set -f; return 1; }
  done
  set -f
  rm -f "$LEDGER" && sync "$HOME_DIR"
  drop_folders "$HOME_DIR" "$made"
}
# ID, then what to do: a part of the removal; a failure is told and the rest goes on
part_run() {
  ID=$1 CODE='' TEXT=''
  shift
  N=$((N + 1))
  say_step running
  if "$@"; then say_step "done"; return 0; fi
  say_failed "$CODE" "$TEXT"
  [ "$FAILED" != 0 ] || FAILED=$N FAILED_ID=$ID FAILED_CODE=$CODE FAILED_TEXT=$TEXT
  return 1
}
remove() {
  FAILED=0 KEPT_DISKS=0
  if [ ! -f "$LEDGER" ]; then
    say '{"event":"hello","version":1,"purpose":"remove","steps":0}'
    drop_beginnings
    say_log info 'Nothing of Hearth is installed here: there is no ledger.'
    say '{"event":"end","ok":true}'
    return
  fi
  parents_safe "$LEDGER" || refuse "$CODE" "$TEXT"
  ledger_mend
  ledger_ask live >"$WORK/live"
  count=$(wc -l <"$WORK/live")
  say "{\"event\":\"hello\",\"version\":1,\"purpose\":\"remove\",\"steps\":$((count + 3))}"
  if part_run end-running remove_running; then
    while IFS= read -r line <&4; do
      # Signals and a closed pipe count between two entries; the rest is for the next run.
      ! stopped || end_with 1 stopped 'Stopped on request.'
      seq=${line%%"$TAB"*} line=${line#*"$TAB"}
      before=${line%%"$TAB"*} line=${line#*"$TAB"}
      name=${line%%"$TAB"*} line=${line#*"$TAB"}
      IFS=$TAB
      # shellcheck disable=SC2086 # splitting at TAB is what is wanted
      set -- $line
      IFS=$SPACES
      # Undoing twice does no harm, so a disk too full for this note must not be in the way.
      part_run "$name" step_undo "$before" "$@" && { ledger_add "undone$TAB$seq$TAB$(now)" || :; }
    done 4<"$WORK/live"
  fi
  if [ "$FAILED" = 0 ]; then
    run 120 systemctl daemon-reload || :
    remove_settings
    part_run compare remove_compare
    part_run end-ledger remove_home
  fi
  if [ "$FAILED" != 0 ]; then
    N=$FAILED ID=$FAILED_ID
    end_with 1 "$FAILED_CODE" "$FAILED_TEXT"
  fi
  say '{"event":"end","ok":true}'
}

# --- Looking and collecting logs -----------------------------------------------------------------------------------------------------

# Strings -> a JSON array of them
json_list() {
  list=
  for item in "$@"; do list="$list,\"$(json "$item")\""; done
  printf '[%s]' "${list#,}"
}
look_units() {
  list=
  for unit in $UNITS; do
    run 30 systemctl show -p ActiveState,SubState,NRestarts,ExecMainStatus,LoadState "$unit.service" || : >"$WORK/out"
    grep -q '^LoadState=loaded' "$WORK/out" || continue
    restarts=$(sed -n 's/^NRestarts=//p' "$WORK/out") status=$(sed -n 's/^ExecMainStatus=//p' "$WORK/out")
    is_number "$restarts" 999999999 || restarts=0
    is_number "$status" 255 || status=0
    active=$(sed -n 's/^ActiveState=//p' "$WORK/out") sub=$(sed -n 's/^SubState=//p' "$WORK/out")
    list="$list,{\"name\":\"$unit\",\"active\":\"$(json "$active")\",\"sub\":\"$(json "$sub")\",\"enabled\":\"$(json "$(unit_is enabled "$unit")")\",\"restarts\":$restarts,\"exitStatus\":$status}"
  done
  printf '[%s]' "${list#,}"
}
look_ledger() {
  list=
  while IFS= read -r line; do
    IFS=$TAB
    # shellcheck disable=SC2086
    set -- $line
    IFS=$SPACES
    seq=$1 at=$2 why=$3 name=$4 state=$5 before=$6 kind=$7
    shift 7
    list="$list,{\"seq\":$seq,\"at\":\"$at\",\"purpose\":\"$why\",\"id\":\"$name\",\"kind\":\"$kind\",\"fields\":$(json_list "$@"),\"before\":\"$(json "$before")\",\"state\":\"$state\"}"
  done <"$WORK/all"
  printf '[%s]' "${list#,}"
}
look_files() {
  list=
  cut -f7,11 "$WORK/all" | sed -n "s/^file$TAB//p" | sort -u >"$WORK/paths"
  while read -r path; do
    state=missing sha=
    if [ -f "$path" ] && [ ! -L "$path" ]; then
      sha=$(sha_of "$path") state=changed
      ! ledger_ask placed "$path" | grep -qxF "$sha" || state=ours
    fi
    list="$list,{\"path\":\"$path\",\"state\":\"$state\",\"sha256\":\"$sha\"}"
  done <"$WORK/paths"
  printf '[%s]' "${list#,}"
}
look_backups() {
  list=
  set +f
  for path in "$BACKUPS"/*.tar; do
    name=${path##*/} name=${name%.tar}
    [ -f "$path" ] && is_name "$name" || continue
    at=$(date -u -r "$path" +%Y-%m-%dT%H:%M:%SZ)
    list="$list,{\"name\":\"$name\",\"size\":$(stat -c %s "$path"),\"at\":\"$at\"}"
  done
  set -f
  printf '[%s]' "${list#,}"
}
look_disks() {
  list=
  for path in $HOME_DIR $K3S_DATA $(cut -f7,8 "$WORK/all" | sed -n "s/^claim$TAB//p" | grep -E '/(hearth-)?volumes$'); do
    [ -d "$path" ] || continue
    total=$(df -P -B1 "$path" | awk 'NR == 2 { printf "%.0f", $2 }')
    used=$(du -skx "$path" 2>/dev/null | cut -f1)
    list="$list,{\"path\":\"$path\",\"total\":${total:-0},\"free\":$(free_on "$path"),\"used\":$((${used:-0} * 1024))}"
  done
  printf '[%s]' "${list#,}"
}
look() {
  ledger_ask all >"$WORK/all"
  installed=false version='' store='' size=0
  [ ! -s "$WORK/all" ] || installed=true
  for k3s in /usr/local/bin/k3s /opt/bin/k3s; do
    [ -x "$k3s" ] && target_safe "$k3s" && run 20 "$k3s" --version || continue
    version=$(sed -n 's/^k3s version \([^ ]*\).*/\1/p' "$WORK/out" | head -n 1)
  done
  if [ -d "$K3S_DATA/server/db/etcd" ]; then
    store=etcd size=$(du -skx "$K3S_DATA/server/db/etcd" | cut -f1) size=$((size * 1024))
  elif [ -f "$K3S_DATA/server/db/state.db" ]; then
    store=sqlite size=$(stat -c %s "$K3S_DATA/server/db/state.db")
  fi
  say "{\"event\":\"look\",\"version\":1,\"installed\":$installed,\"k3s\":\"$(json "$version")\",\"units\":$(look_units),\"ledger\":$(look_ledger),\"files\":$(look_files),\"backups\":$(look_backups),\"datastore\":{\"kind\":\"$store\",\"size\":$size},\"disks\":$(look_disks)}"
}
collect_logs() { # LINES
  for unit in $UNITS; do last_lines "$unit" "$1" info || :; done
  log=$K3S_DATA/agent/containerd/containerd.log
  [ ! -f "$log" ] || [ -L "$log" ] || tail -n "$1" "$log" | say_lines info ',"unit":"containerd"'
  say '{"event":"end","ok":true}'
}

# --- Start ---------------------------------------------------------------------------------------------------------------------------

# What everything here rests on. Without awk, for one, no question to the ledger would be answered.
NEEDED='awk cat chmod chown cmp comm cp cut date dd df du find flock getent grep head ls mkdir mktemp mv od readlink rm rmdir
  sed sha256sum sleep sort stat sync systemctl tail tar timeout tr truncate umount wc'

usage() { end_with 2 usage 'Usage: root-helper.sh apply STAGING SHA256 | remove [--keep-disks] | look | collect-logs LINES'; }
# Only one helper changes anything at a time. One whose caller is gone ends after the step it is at: that is waited for, up to
# a minute, since whoever started this one would have to ask for root again.
take_lock() {
  { exec 9>>"$LOCK"; } 2>/dev/null || end_with 1 lock "The lock $LOCK cannot be opened."
  waited=0
  until flock -n 9; do
    [ "$waited" -lt 60 ] && ! stopped || end_with 4 busy 'Another run of the helper is at work on this computer.'
    # Said again and again, which is also how a caller that is gone is noticed.
    [ "$((waited % 10))" != 0 ] || say_log info "Another run of the helper is at work on this computer; waiting for it ($waited s)."
    sleep 1
    waited=$((waited + 1))
  done
  rm -rf "$WORK"
  mkdir -m 0700 "$WORK" || end_with 1 no-space "$WORK cannot be made."
  trap 'rm -rf "$WORK"' EXIT
}
look_only() {
  WORK=$(mktemp -d /run/hearth-look.XXXXXXXX) || end_with 1 no-space '/run cannot be written.'
  trap 'rm -rf "$WORK"' EXIT
}

KEEP_DISKS=0
command=${1:-}
[ $# = 0 ] || shift
case $command in
  apply) [ $# = 2 ] || usage ;;
  remove) [ $# = 0 ] || { [ $# = 1 ] && [ "$1" = --keep-disks ] && KEEP_DISKS=1; } || usage ;;
  look) [ $# = 0 ] || usage ;;
  collect-logs) [ $# = 1 ] && is_number "$1" 100000 && [ "$1" -ge 1 ] || usage ;;
  *) usage ;;
esac
for program in $NEEDED; do have "$program" || end_with 5 missing-program "The program $program is not on this computer."; done
[ "$(id -u)" = 0 ] || end_with 3 not-root 'The helper must run as root.'
case $command in
  apply) take_lock && apply "$@" ;;
  remove) take_lock && remove ;;
  look) look_only && look ;;
  collect-logs) look_only && collect_logs "$1" ;;
  *) usage ;;
esac
exit 0
