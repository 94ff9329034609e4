import { z } from 'zod';
import { call, stream } from './procedure.ts';

export const notificationEventSchema = z.enum([
  'task-ended',
  'task-failed',
  'schedule-trouble',
  'machine-stopped',
  'machine-crash-loop',
  'machine-disk-full',
  'disk-nearly-full',
  'target-lost',
  'memory-nearly-full',
  'certificate-ending',
  'disk-filling',
]);
export type NotificationEvent = z.infer<typeof notificationEventSchema>;
export const notificationEvents = notificationEventSchema.options;

/** From when on something is told. 0 switches one off. */
export const thresholdsSchema = z.object({
  /** Percent of a disk: with less free it is nearly full. */
  diskPercent: z.number().int().min(0).max(50).default(5),
  /** Bytes: with less free it is nearly full, too. */
  diskBytes: z
    .number()
    .int()
    .min(0)
    .max(1024 ** 5)
    .default(2 * 1024 ** 3),
  /** Days until the disk is full by its trend. */
  diskDays: z.number().int().min(0).max(90).default(7),
  /** Percent of the computer's memory: with less free for three minutes it is nearly full. */
  memoryPercent: z.number().int().min(0).max(50).default(4),
  /** Days before a certificate ends by which Hearth signs in to a target. */
  certificateDays: z.number().int().min(0).max(365).default(21),
});
export type Thresholds = z.infer<typeof thresholdsSchema>;

export const notificationSchema = z.object({
  id: z.string(),
  /** ISO 8601. */
  at: z.string(),
  event: notificationEventSchema,
  tone: z.enum(['ok', 'warning', 'problem']),
  title: z.string(),
  detail: z.string(),
  object: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }).optional(),
  target: z.string().optional(),
});
export type Notification = z.infer<typeof notificationSchema>;

/** How the last message to the webhook went. */
export interface WebhookDelivery {
  /** ISO 8601. */
  at: string;
  title: string;
  /** `waiting`: it is tried again. */
  state: 'delivered' | 'waiting' | 'failed';
  attempts: number;
  /** HTTP status, when there was an answer. */
  status?: number;
  /** What went wrong, in words. */
  error?: string;
}

/** Which events are told, and where. The webhook's secret never goes back to a page. */
export interface NotificationSettings {
  /** In the app, as a message at the corner. */
  app: NotificationEvent[];
  /** By the desktop's or the browser's own notifications. */
  desktop: NotificationEvent[];
  webhook: {
    url: string;
    events: NotificationEvent[];
    /** A key is set: each message carries `X-Hearth-Signature: sha256=HMAC` of its body. */
    signed: boolean;
  };
  thresholds: Thresholds;
  /** The latest first, at most 20. */
  deliveries: WebhookDelivery[];
}

const events = z.array(notificationEventSchema).max(20);
/** Without the defaults: one that is not sent must not be reset to its own. */
const changed = (shape: typeof thresholdsSchema.shape) => ({
  diskPercent: shape.diskPercent.unwrap().optional(),
  diskBytes: shape.diskBytes.unwrap().optional(),
  diskDays: shape.diskDays.unwrap().optional(),
  memoryPercent: shape.memoryPercent.unwrap().optional(),
  certificateDays: shape.certificateDays.unwrap().optional(),
});
export const updateNotificationsSchema = z.object({
  app: events.optional(),
  desktop: events.optional(),
  /** Those left out stay as they are. */
  thresholds: z.strictObject(changed(thresholdsSchema.shape)).optional(),
  webhook: z
    .object({
      /** Empty: no webhook. */
      url: z.union([z.literal(''), z.url({ protocol: /^https?$/ }).max(2000)]).optional(),
      events: events.optional(),
      /** Empty: messages are not signed. Left out: as it is. */
      secret: z.string().max(500).optional(),
    })
    .optional(),
});
export type UpdateNotifications = z.infer<typeof updateNotificationsSchema>;

const none = z.object({}).strict();
export const notificationsProcedures = {
  /** The latest 50 first, then each as it comes. */
  watch: stream<Notification[]>()(none),
  settings: stream<NotificationSettings>()(none),
  update: call<void>()(updateNotificationsSchema),
  /** Sends one message to the webhook now, and tells how it went. */
  test: call<WebhookDelivery>()(none),
} as const;
