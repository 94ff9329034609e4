import { paths } from '../paths.ts';

/** The program behind hearth-pool.service: attaches the pool's file and wakes its volume group. Idempotent. */
export const poolScript = `#!/bin/sh
# Written by Hearth: attaches the storage pool at boot, before k3s needs it.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
file=${paths.pool}
[ -n "$(losetup --noheadings --output NAME --associated "$file")" ] || losetup --find --direct-io=on "$file"
udevadm settle --timeout=30 || :
vgchange --activate y hearth
`;
