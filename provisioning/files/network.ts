import { parseCidr } from '../net.ts';
import { soloAddress, soloInterface } from '../paths.ts';

/**
 * The program behind hearth-net.service: an interface of our own with a fixed address, so that no change of Wi-Fi, cable or
 * VPN takes k3s its address away, and a last-resort default route while there is no other, since k3s does not start without
 * one (github.com/k3s-io/k3s/issues/1103). A route out of a dummy leads nowhere, which is what offline means.
 */
export function netScript(serviceCidr: string): string {
  // The only value of a person in it; anything but a CIDR must never get into a script.
  if (!parseCidr(serviceCidr)) throw new RangeError(`not a CIDR: ${serviceCidr}`);
  return `#!/bin/sh
# Written by Hearth. up: interface, address and routes, as often as one likes; down: takes them away.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
device=${soloInterface}
metric=4294967
case "\${1:-}" in
up)
  ip link show dev "$device" >/dev/null 2>&1 || ip link add dev "$device" type dummy
  ip link set dev "$device" up
  ip address replace ${soloAddress}/32 dev "$device"
  ip route replace ${serviceCidr} dev "$device"
  if ip -4 route show default | grep -qv " dev $device "; then
    ip route del default dev "$device" metric "$metric" 2>/dev/null || :
  else
    ip route replace default dev "$device" metric "$metric"
  fi
  ;;
down)
  ! ip link show dev "$device" >/dev/null 2>&1 || ip link del dev "$device"
  ;;
*)
  echo 'usage: hearth-net up|down' >&2
  exit 2
  ;;
esac
`;
}

/**
 * NetworkManager leaves our interfaces and those of pods alone (https://docs.k3s.io/known-issues recommends the same for
 * CNIs). It reads the file at its next start; until then it takes them for foreign ones, which it does not touch either.
 */
export const networkManagerConf = `# Written by Hearth.
[keyfile]
unmanaged-devices=interface-name:${soloInterface};interface-name:cni0;interface-name:flannel*;interface-name:veth*
`;
