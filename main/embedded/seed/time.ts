/** RFC 3339 with whole seconds, as Kubernetes writes times. */
export const kubeTime = (date = new Date()): string => `${date.toISOString().slice(0, 19)}Z`;
