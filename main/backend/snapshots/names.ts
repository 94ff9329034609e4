/** Asks the target to keep the memory too (a snapshot), or to go on from it (a restore). Targets that do not know it ignore it. */
export const memoryAnnotation = 'hearth.dev/memory';
/** What such a target then says of the snapshot: bytes of its memory, or why it has none; bytes of its disks' layers. */
export const memorySizeAnnotation = 'hearth.dev/memory-size';
export const memoryMissingAnnotation = 'hearth.dev/memory-missing';
export const diskSizeAnnotation = 'hearth.dev/disk-size';
/** The target's own note at a machine between a restore with memory and the next start. */
export const startFromAnnotation = 'hearth.dev/start-from-memory';
/**
 * On the snapshots and restores of a lab's checkpoint: its id. They are the program's, not the learner's: neither the
 * snapshots of a machine nor a lab's checks count them.
 */
export const checkpointLabel = 'hearth.dev/checkpoint';
/** The snapshots that this one goes on from, nearest first, by name and comma. */
export const parentsAnnotation = 'hearth.dev/parents';
/** ISO 8601 with milliseconds: when it was asked for. Kubernetes' own times are whole seconds, too coarse to tell an order. */
export const askedAtAnnotation = 'hearth.dev/asked-at';
/** Free text of the person who took it. */
export const descriptionAnnotation = 'description';
export const managedBy = { 'app.kubernetes.io/managed-by': 'hearth' };
