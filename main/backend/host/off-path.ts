/** Red Hat's systems keep their QEMU off the PATH. */
export const offPath = [{ folder: '/usr/libexec', name: 'qemu-kvm' }];
