/** Bytes of user data, and of network data, that KubeVirt accepts inline (cloudInitUserMaxLen); more must be in a Secret. */
export const inlineLimit = 2048;
/** Bytes that a Secret may hold in all (Kubernetes, MaxSecretSize). */
export const secretLimit = 1024 * 1024;

const secretLine =
  /^\s*-?\s*["']?(passwd|password|plain_text_passwd|hashed_passwd|chpasswd|token|private_key|secret|rsa_private|ed25519_private|ecdsa_private)["']?\s*:/im;

/** Whether the data may stand in a machine's manifest: short, and without anything that nobody shall read there. Pure. */
export const placeOf = (userData: string, networkData: string | undefined): 'inline' | 'secret' =>
  Buffer.byteLength(userData) > inlineLimit ||
  Buffer.byteLength(networkData ?? '') > inlineLimit ||
  secretLine.test(userData) ||
  /PRIVATE KEY-----/.test(userData)
    ? 'secret'
    : 'inline';
