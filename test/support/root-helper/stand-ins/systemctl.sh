#!/bin/sh
# Stands in for systemctl: remembers which units run and are enabled, and when k3s is started makes what k3s makes.
umask 022
echo "systemctl $*" >>/lab/calls
units=/lab/state/units
verb=
unit=
while [ $# -gt 0 ]; do
  case $1 in
    --no-block) ;;
    -p) shift ;;
    *) if [ -z "$verb" ]; then verb=$1; else unit=${1%.service}; fi ;;
  esac
  shift
done
file=/etc/systemd/system/$unit.service
wants=/etc/systemd/system/multi-user.target.wants/$unit.service

k3s_up() {
  data=/var/lib/rancher/k3s
  mkdir -p /etc/rancher/k3s /etc/rancher/node $data/server/db $data/server/tls/etcd $data/server/cred $data/agent/containerd \
    /var/lib/kubelet/pods/one/volumes /var/lib/cni/networks /etc/cni/net.d /run/k3s/containerd /run/flannel
  [ -e $data/server/db/state.db ] || echo 'objects' >$data/server/db/state.db
  [ -e $data/server/token ] || echo 'K10ca::server:secret' >$data/server/token
  [ -e $data/server/tls/server-ca.crt ] || echo 'ca' >$data/server/tls/server-ca.crt
  [ -e $data/server/cred/encryption-config.json ] || echo '{}' >$data/server/cred/encryption-config.json
  ln -sfn $data/server/token $data/server/node-token
  ln -sfn $data/server/token $data/server/agent-token
  [ -e /etc/rancher/node/password ] || echo 'node-secret' >/etc/rancher/node/password
  echo 'a line of containerd' >$data/agent/containerd/containerd.log
  echo 'FLANNEL_MTU=1450' >/run/flannel/subnet.env
  cat >/etc/rancher/k3s/k3s.yaml <<'KUBECONFIG'
apiVersion: v1
kind: Config
current-context: default
clusters:
- name: default
  cluster:
    server: https://127.0.0.1:6443
contexts:
- name: default
  context:
    cluster: default
    user: default
users:
- name: default
  user:
    client-key-data: a2V5
KUBECONFIG
  chmod 600 /etc/rancher/k3s/k3s.yaml $data/server/token
  mountpoint -q /var/lib/kubelet/pods/one/volumes || mount -t tmpfs pod /var/lib/kubelet/pods/one/volumes
  for link in cni0 flannel.1 veth77; do mkdir -p /sys/class/net/$link; done
  echo cni0 >/sys/class/net/veth77/master
  echo 10 >/proc/sys/kernel/panic
  echo 1 >/proc/sys/vm/overcommit_memory
  echo 1 >/proc/sys/net/ipv4/ip_forward
  cat >/lab/state/iptables <<'RULES'
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:FLANNEL-POSTRTG - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
-A KUBE-SERVICES -d 10.43.0.1/32 -j ACCEPT
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:KUBE-FORWARD - [0:0]
-A INPUT -p tcp -m comment --comment "not ours: -j KUBE-SERVICES flannel" -j ACCEPT
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -m comment --comment "rule to explicitly ACCEPT traffic that comply to network policies" -m mark --mark 0x20000/0x20000 -j ACCEPT
-A KUBE-FORWARD -j ACCEPT
COMMIT
RULES
}

case $verb in
  is-active) if [ -e $units/"$unit" ]; then echo active; else echo inactive; exit 3; fi ;;
  is-enabled) if [ -L "$wants" ]; then echo enabled; elif [ -f "$file" ]; then echo disabled; exit 1; else echo not-found; exit 4; fi ;;
  enable)
    [ -f "$file" ] || { echo "Failed to enable unit: Unit file $unit.service does not exist." >&2; exit 1; }
    ln -sf "../$unit.service" "$wants"
    ;;
  disable) rm -f "$wants" ;;
  start | restart)
    [ -f "$file" ] || { echo "Failed to $verb $unit.service: Unit $unit.service not found." >&2; exit 5; }
    case $unit in k3s) k3s_up ;; hearth-net) mkdir -p /sys/class/net/hl0 ;; *) ;; esac
    : >$units/"$unit"
    ;;
  stop)
    # systemd itself would do it to the end, so what a kill may interrupt here must be done again.
    [ "$unit" != hearth-net ] || rm -rf /sys/class/net/hl0
    rm -f $units/"$unit"
    ;;
  show)
    restarts=0
    [ ! -f /lab/state/crash ] || { read -r restarts </lab/state/crash; restarts=$((restarts + 1)); echo $restarts >/lab/state/crash; }
    if [ -f "$file" ]; then echo LoadState=loaded; else echo LoadState=not-found; fi
    if [ $restarts -gt 0 ]; then printf 'ActiveState=activating\nSubState=auto-restart\n'; elif [ -e $units/"$unit" ]; then printf 'ActiveState=active\nSubState=running\n'; else printf 'ActiveState=inactive\nSubState=dead\n'; fi
    printf 'NRestarts=%s\nExecMainStatus=%s\n' $restarts $((restarts > 0))
    ;;
  *) ;;
esac
