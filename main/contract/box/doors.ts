import { z } from 'zod';
import { fingerprintSchema } from './words.ts';

/**
 * What the app says to a box over HTTPS at port 8443. Before the proof: `GET /box/hello`, `POST /box/pair/secret`,
 * `POST /box/pair/code`, `POST /box/pair/code/confirm`; the app sends a client certificate in every connection, and both
 * certificates' fingerprints are part of each proof. After it, by the pinned client certificate alone: `GET /box/state` (JSON
 * lines, as it changes), `POST /box/act`, `GET /box/health`, `/box/reset-preview`, `/box/logs`, `/box/logs.tar.gz`,
 * `/box/kubeconfig`, `/box/join-ticket`, `PUT /box/update` (the image's bytes), `POST /box/leave`.
 * `GET /box/task?id=ID`: the Task that an action began, while the box remembers it. `POST /box/act` answers at once: what
 * takes longer is such a Task, `busy` in the state tells it, and `problem` how it ended where it did not hold.
 * Errors are a Problem as JSON with a 4xx or 5xx status; 403 at the doors behind the proof: this certificate is not paired
 * (any more). An empty line among the states is a sign of life.
 */
const base64 = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-]+$/, 'base64url');
export const pairBySecretSchema = z.strictObject({
  app: z.string().min(1).max(100),
  /** 32 random bytes of the app. */
  nonce: base64,
  /** HMAC-SHA256(secret, "hearth-enrol-v1 app" | nonce | box fingerprint | app fingerprint). */
  proof: base64,
});
export interface PairedBySecret {
  boxId: string;
  name: string;
  /** HMAC-SHA256(secret, "hearth-enrol-v1 box" | nonce | box fingerprint | app fingerprint). */
  proof: string;
}
/**
 * SPAKE2+ (RFC 9383), P-256 and SHA-256; app: prover, box: verifier. Context: "hearth-pair-v1" with both fingerprints; the salt
 * comes from the box's fingerprint, because the app's share, sent first, depends on it.
 */
export const pairByCodeSchema = z.strictObject({ app: z.string().min(1).max(100), share: base64 });
export interface CodeShare {
  attempt: string;
  share: string;
  confirm: string;
}
export const confirmCodeSchema = z.strictObject({ attempt: base64, confirm: base64 });
export interface PairedByCode {
  boxId: string;
  name: string;
}
/** `GET /box/kubeconfig`: its server is the address that the app reached the box at. */
export interface BoxKubeconfig {
  kubeconfig: string;
}
/** `PUT /box/update`: what lies ready for the action `update`. */
export interface BoxUpdateReceived {
  /** Bytes. */
  size: number;
}
export { fingerprintSchema };
/** Port of a box's pages and of these doors. */
export const boxPort = 8443;
/** DNS-SD type; its TXT records (id, name, st, fp of 16 digits, v) are hints only. */
export const boxService = { type: 'hearth-box', protocol: 'tcp' } as const;
