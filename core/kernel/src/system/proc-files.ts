/** CPU time of all CPUs together since the machine started, in any unit. */
export interface CpuTimes {
  readonly busy: number;
  readonly total: number;
}

/** Bytes that have gone in and out so far. */
export interface ByteCounts {
  readonly in: number;
  readonly out: number;
}

/**
 * The first line of /proc/stat. Waiting for a disk counts as idle; time of guests is in that of users already.
 *
 * @source https://www.kernel.org/doc/html/latest/filesystems/proc.html
 */
export function parseCpuTimes(stat: string): CpuTimes | undefined {
  const fields = /^cpu +(.+)$/m.exec(stat)?.[1]?.split(/ +/).slice(0, 8).map(Number);
  if (!fields || fields.length < 4 || fields.some((field) => !Number.isFinite(field))) return undefined;
  const total = fields.reduce((sum, field) => sum + field, 0);
  const idle = fields[3]! + (fields[4] ?? 0);
  return { busy: total - idle, total };
}

/** What a process has read from disks and written to them: /proc/self/io. */
export function parseProcessIo(io: string): ByteCounts | undefined {
  const read = /^read_bytes: (\d+)$/m.exec(io)?.[1];
  const written = /^write_bytes: (\d+)$/m.exec(io)?.[1];
  return read === undefined || written === undefined ? undefined : { in: Number(read), out: Number(written) };
}

/** Interfaces whose traffic goes through another one as well, or never leaves the machine. */
const innerInterface = /^(?:lo|veth.*|docker.*|br-.*|virbr.*|cni.*|cali.*|flannel.*|ifb.*|dummy.*|bond.*)$/;

/** What the machine, or the container, has received and sent: /proc/net/dev. */
export function parseNetwork(dev: string): ByteCounts | undefined {
  let received = 0;
  let sent = 0;
  let count = 0;
  for (const line of dev.split("\n")) {
    const match = /^\s*([^\s:]+):\s*(.+)$/.exec(line);
    if (!match || innerInterface.test(match[1]!)) continue;
    const fields = match[2]!.split(/\s+/).map(Number);
    if (fields.length < 9 || !Number.isFinite(fields[0]) || !Number.isFinite(fields[8])) continue;
    received += fields[0]!;
    sent += fields[8]!;
    count++;
  }
  return count === 0 ? undefined : { in: received, out: sent };
}
