import { z } from 'zod';

const count = z.number().nonnegative();
const attributeSchema = z.object({
  id: z.number(),
  name: z.string(),
  value: z.number().optional(),
  thresh: z.number().optional(),
  when_failed: z.string().optional(),
  flags: z.object({ prefailure: z.boolean().optional() }).optional(),
  raw: z.object({ value: z.number().optional(), string: z.string().optional() }).optional(),
});
const errorCounterSchema = z.object({ total_uncorrected_errors: count.optional() }).optional();

/**
 * What is read of `smartctl --json -a` (smartmontools 7: ATA, NVMe and SCSI devices; field names as in its source and
 * in `smartctl(8)`). Disks leave out what they do not know, so everything may be missing.
 */
export const smartReportSchema = z.object({
  smartctl: z.object({
    exit_status: z.number().int().default(0),
    messages: z.array(z.object({ string: z.string(), severity: z.string().optional() })).default([]),
  }),
  device: z.object({ type: z.string().optional(), protocol: z.string().optional() }).optional(),
  model_name: z.string().optional(),
  scsi_model_name: z.string().optional(),
  serial_number: z.string().optional(),
  user_capacity: z.object({ bytes: count }).optional(),
  rotation_rate: z.number().optional(),
  smart_support: z.object({ available: z.boolean().optional(), enabled: z.boolean().optional() }).optional(),
  smart_status: z.object({ passed: z.boolean().optional() }).optional(),
  temperature: z.object({ current: z.number().optional() }).optional(),
  power_on_time: z.object({ hours: count.optional() }).optional(),
  endurance_used: z.object({ current_percent: count.optional() }).optional(),
  ata_smart_attributes: z.object({ table: z.array(attributeSchema).default([]) }).optional(),
  ata_smart_self_test_log: z
    .object({
      standard: z
        .object({
          table: z
            .array(
              z.object({
                status: z.object({ string: z.string().optional(), passed: z.boolean().optional() }).optional(),
                lifetime_hours: count.optional(),
              }),
            )
            .default([]),
        })
        .optional(),
    })
    .optional(),
  nvme_smart_health_information_log: z
    .object({
      critical_warning: count.optional(),
      temperature: z.number().optional(),
      available_spare: count.optional(),
      available_spare_threshold: count.optional(),
      percentage_used: count.optional(),
      power_on_hours: count.optional(),
      media_errors: count.optional(),
    })
    .optional(),
  scsi_grown_defect_list: count.optional(),
  scsi_percentage_used_endurance_indicator: count.optional(),
  scsi_error_counter_log: z
    .object({ read: errorCounterSchema, write: errorCounterSchema, verify: errorCounterSchema })
    .optional(),
});
export type SmartReport = z.infer<typeof smartReportSchema>;
export type SmartAttribute = z.infer<typeof attributeSchema>;

/** The report in what smartctl printed; undefined when that is none. Pure. */
export function parseSmartReport(text: string): SmartReport | undefined {
  try {
    return smartReportSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
