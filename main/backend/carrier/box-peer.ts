import type { Socket } from 'node:net';

/** Of the certificate that the other side showed and has the key of. */
export function fingerprintOfPeer(socket: Socket): string | undefined {
  const read = (socket as { getPeerX509Certificate?: () => { fingerprint256: string } | undefined })
    .getPeerX509Certificate;
  return read?.call(socket)?.fingerprint256.replaceAll(':', '').toLowerCase();
}
