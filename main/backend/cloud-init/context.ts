/** What is known of the machine that the data is for. */
export interface CheckContext {
  /** For the starter image, which honours a part of cloud-init only. */
  starter?: boolean;
  /** MAC addresses of the machine's cards; undefined where they are not known. */
  macs?: readonly string[];
  /** Address -> machine that has it. */
  taken?: ReadonlyMap<string, string>;
}
