/** Keys that the starter image honours (assets/starter/guest/hearth-starter says the same inside the guest). */
export const starterKeys: readonly string[] = [
  'hostname', 'fqdn', 'user', 'users', 'password', 'chpasswd', 'ssh_pwauth', 'ssh_authorized_keys', 'write_files', 'runcmd',
]; // prettier-ignore
/** Keys that change nothing there and whose absence nobody misses. */
export const starterHarmless: readonly string[] = [
  'package_update', 'package_upgrade', 'growpart', 'resize_rootfs', 'disable_root', 'preserve_hostname', 'manage_etc_hosts', 'locale',
]; // prettier-ignore
/** Of a user, what the starter honours. */
export const starterUserKeys: readonly string[] = [
  'name', 'shell', 'passwd', 'hashed_passwd', 'plain_text_passwd', 'lock_passwd', 'ssh_authorized_keys',
]; // prettier-ignore
